-- Read models are rebuilt beside the live ones; how far every reader is, in time as well.
-- +goose Up

-- version: of the projection that wrote what the reader keeps of the shard. Who is of a lower version writes nothing
-- there. renewed_at: when the reader was last heard of.
ALTER TABLE subscriptions
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN renewed_at timestamptz;

-- A read model that is being built: its tables stand in a schema of the same name until they take the place of the
-- live ones.
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

-- Five indexes of a customer's employees become two: each column bounds a scan of the customer's part of one, and a
-- hire writes two entries instead of five. One would do, but for its entries: the longest texts must fit into a
-- third of a block.
DROP INDEX directory_first_name, directory_last_name, directory_full_name, directory_email, directory_status;
CREATE INDEX directory_names ON directory (customer, last_name, first_name, status);
CREATE INDEX directory_texts ON directory (customer, email, full_name);

-- +goose Down
DROP INDEX directory_texts, directory_names;
CREATE INDEX directory_first_name ON directory (customer, first_name);
CREATE INDEX directory_last_name ON directory (customer, last_name);
CREATE INDEX directory_full_name ON directory (customer, full_name);
CREATE INDEX directory_email ON directory (customer, email);
CREATE INDEX directory_status ON directory (customer, status);
DROP VIEW reader_progress;
CREATE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       r.owner, r.lease_until > now() AS leased
FROM subscriptions AS r LEFT JOIN shards AS s ON s.shard = r.shard;
DROP TABLE projection_build_shards, projection_builds;
ALTER TABLE subscriptions DROP COLUMN renewed_at, DROP COLUMN version;
