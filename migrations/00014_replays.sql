-- Replays: a part of the log published once more. And what a relay may take for known of its topics.
-- +goose Up

-- When a reader last moved on. What a relay published without noting it was published after that. NULL: never yet.
ALTER TABLE subscriptions ADD COLUMN moved_at timestamptz;

-- Who had what published again, where and why. How far it is stands in replay_shards; who runs it has the leases of the
-- reader replay/NAME in subscriptions.
-- owner: store
CREATE TABLE replays (
    name       text COLLATE "C" NOT NULL,                  -- as the header ce_replay carries it
    target     text        NOT NULL,                       -- the topic, without the broker's prefix
    missing    boolean     NOT NULL, -- only what the topic lacks, with the topic being one of ours
    filter     bytea       NOT NULL,                       -- JSON, see internal/replay
    rate       bigint      NOT NULL,                       -- messages a second at most; 0: as fast as it goes
    state      text        NOT NULL,
    reason     text        NOT NULL,
    who        text        NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),         -- of the state
    CONSTRAINT replays_name PRIMARY KEY (name),
    CONSTRAINT replays_state CHECK (state IN ('running', 'paused', 'done'))
);

-- The part of a shard that a replay reads, and what it has published of it. Written with the reader's checkpoint.
-- owner: store
CREATE TABLE replay_shards (
    replay    text COLLATE "C" NOT NULL REFERENCES replays ON DELETE CASCADE,
    shard     integer NOT NULL,
    first_pos bigint  NOT NULL,
    last_pos  bigint  NOT NULL,                            -- inclusive; what is written later is not part of it
    position  bigint  NOT NULL,                            -- the last one that was read
    messages  bigint  NOT NULL DEFAULT 0, -- published; those of a page that was interrupted are not counted
    bytes     bigint  NOT NULL DEFAULT 0,                  -- keys, values and headers of those
    CONSTRAINT replay_shards_replay PRIMARY KEY (replay, shard)
) WITH (fillfactor = 50);

-- That a topic holds what the log does not know, and an operator said to continue. What was on the topic before is not
-- compared with the log any more.
-- owner: store
CREATE TABLE accepted_tails (
    reader text COLLATE "C" NOT NULL,                      -- relay or outcomes
    shard  integer     NOT NULL,
    at     timestamptz NOT NULL DEFAULT now(),
    reason text        NOT NULL,
    who    text        NOT NULL,
    CONSTRAINT accepted_tails_at PRIMARY KEY (reader, shard, at)
);

-- +goose Down
DROP TABLE accepted_tails, replay_shards, replays;
ALTER TABLE subscriptions DROP COLUMN moved_at;
