-- What is parked can be retried, edited and discarded, and outcomes are kept for a time. Every statement on these
-- tables is in internal/store.
-- +goose Up

-- sequence: the order in which messages were parked. Offsets do not show it once a topic was made again.
-- holds:    the message is part of the queue of its stream: nothing later overtakes it.
-- edited_*: what a person put in the message's place; the message itself stays as it came.
ALTER TABLE parked
    ADD COLUMN sequence       bigint      GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN holds          boolean     NOT NULL DEFAULT false,
    -- real time, as ages and the age of commands are told by
    ADD COLUMN parked_at      timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN edited_key     bytea,
    ADD COLUMN edited_value   bytea,
    ADD COLUMN edited_headers bytea,
    DROP CONSTRAINT parked_state,
    ADD CONSTRAINT parked_state CHECK (state IN ('parked', 'retried', 'discarded', 'moved'));
UPDATE parked SET holds = reason IN ('broken', 'conflict', 'queued');
DROP INDEX parked_stream;
CREATE INDEX parked_queue ON parked (stream, sequence) WHERE state = 'parked';

-- A subject that time or a run failed on has no message: a row under its own name stands for it. Those that were parked
-- before there was such a row get theirs.
INSERT INTO parked (topic, partition, "offset", shard, stream, command_id, reason, detail, headers, at, holds)
SELECT s.stream, s.shard % 1024, 0, s.shard, s.stream, '', 'failed', 'time or a run failed on it', '\x5b5d', now(), true
FROM subjects AS s
WHERE s.parked AND NOT EXISTS (SELECT 1 FROM parked AS p WHERE p.stream = s.stream AND p.state = 'parked' AND p.holds);

-- What operators requested with parked messages and with states. The shard's owner takes a request up in its
-- turn and under its fence, in as many transactions as it needs; the same transactions say how far it is.
-- owner: store
CREATE TABLE repairs (
    id        uuid        PRIMARY KEY,
    sequence  bigint      GENERATED ALWAYS AS IDENTITY,
    shard     integer     NOT NULL,
    action    text        NOT NULL,
    stream    text COLLATE "C" NOT NULL,                   -- empty: the message belongs to none
    topic     text        NOT NULL,                        -- of the message; empty: the whole queue of the stream
    partition integer     NOT NULL,
    "offset"  bigint      NOT NULL,
    key       bytea,                                       -- what an edit puts in the message's place
    value     bytea,
    headers   bytea,
    asked_by  text        NOT NULL,
    reason    text        NOT NULL,
    asked_at  timestamptz NOT NULL DEFAULT now(),          -- real time
    state     text        NOT NULL DEFAULT 'open',
    settled   bigint      NOT NULL DEFAULT 0,              -- messages that are no longer parked because of it
    detail    text        NOT NULL DEFAULT '',             -- why it failed
    CONSTRAINT repairs_action CHECK (action IN ('retry', 'edit', 'discard', 'state')),
    CONSTRAINT repairs_state CHECK (state IN ('open', 'done', 'failed'))
);
CREATE INDEX repairs_open ON repairs (shard, sequence) WHERE state = 'open';

-- Outcomes are kept for as long as a command may be sent again. recorded is real time: business time may be far from
-- it.
ALTER TABLE outcomes ADD COLUMN recorded timestamptz NOT NULL DEFAULT now();
-- From this sequence on outcomes have no hole. Before it stand those of commands that are still parked.
ALTER TABLE shards ADD COLUMN outcomes_from bigint NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE shards DROP COLUMN outcomes_from;
ALTER TABLE outcomes DROP COLUMN recorded;
DROP TABLE repairs;
DELETE FROM parked WHERE topic = stream;
DROP INDEX parked_queue;
UPDATE parked SET state = 'retried' WHERE state = 'moved';
ALTER TABLE parked
    DROP COLUMN sequence, DROP COLUMN holds, DROP COLUMN parked_at,
    DROP COLUMN edited_key, DROP COLUMN edited_value, DROP COLUMN edited_headers,
    DROP CONSTRAINT parked_state,
    ADD CONSTRAINT parked_state CHECK (state IN ('parked', 'retried', 'discarded'));
CREATE INDEX parked_stream ON parked (stream, "offset") WHERE state = 'parked';
