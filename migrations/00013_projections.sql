-- Read models are built anew beside the live ones; how far every reader is, in time as well.
-- +goose Up

-- version: of the projection that wrote what the reader keeps of the shard. Who is of a lower version writes nothing there.
-- renewed_at: when the reader was last heard of.
ALTER TABLE subscriptions
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN renewed_at timestamptz;

-- A read model that is being built: its tables stand in a schema of the same name until they take the place of the live ones.
-- owner: store
CREATE TABLE projection_builds (
    place      text        NOT NULL,                       -- the schema
    version    integer     NOT NULL,                       -- of the projection that builds
    shape      text        NOT NULL,                       -- hash of the definitions of the live tables
    started_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT projection_builds_place PRIMARY KEY (place)
);

-- Up to its target a shard is loaded in pieces, in their order; from there on it follows the log like any reader.
-- owner: store
CREATE TABLE projection_build_shards (
    place       text    NOT NULL,
    shard       integer NOT NULL,
    target      bigint  NOT NULL,                          -- last position that the pieces hold
    pieces      integer NOT NULL,
    pieces_done integer NOT NULL DEFAULT 0,
    position    bigint  NOT NULL DEFAULT 0,                -- 0 until all pieces are loaded, then the checkpoint
    CONSTRAINT projection_build_shards_place PRIMARY KEY (place, shard)
) WITH (fillfactor = 10);

-- event_at and outcome_at are the business times of the first event and the first outcome that a reader has not taken.
CREATE OR REPLACE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       r.owner, r.lease_until > now() AS leased, r.version, r.renewed_at,
       (SELECT e.at FROM events AS e WHERE e.shard = r.shard AND e.pos = r.position + 1) AS event_at,
       (SELECT o.at FROM outcomes AS o WHERE o.shard = r.shard AND o.seq = r.position + 1) AS outcome_at,
       coalesce((SELECT c.now FROM clock AS c), now()) AS now
FROM subscriptions AS r LEFT JOIN shards AS s ON s.shard = r.shard;

-- +goose Down
DROP VIEW reader_progress;
CREATE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       r.owner, r.lease_until > now() AS leased
FROM subscriptions AS r LEFT JOIN shards AS s ON s.shard = r.shard;
DROP TABLE projection_build_shards, projection_builds;
ALTER TABLE subscriptions DROP COLUMN renewed_at, DROP COLUMN version;
