-- A place in a history is a position and the hash of everything up to it: a position alone fits a history that was
-- lost too.
-- +goose Up

-- chain: hash of the log at the position, or of the outcomes for the relay of outcomes. epoch: of the lease under
-- which it moves.
ALTER TABLE subscriptions ADD COLUMN chain bytea NOT NULL DEFAULT '\x';
UPDATE subscriptions AS r SET chain = e.chain
FROM events AS e WHERE e.shard = r.shard AND e.pos = r.position AND r.name <> 'outcomes';

-- Who holds a reader's lease, apart from its checkpoint: a page of a million rows holds the row of the checkpoint
-- for as long as it is written, and the lease is renewed meanwhile.
-- owner: store
CREATE TABLE leases (
    name        text        NOT NULL,                      -- of the reader
    shard       integer     NOT NULL,
    owner       text        NOT NULL DEFAULT '',           -- empty: free
    lease_until timestamptz NOT NULL DEFAULT '1970-01-01Z',
    renewed_at  timestamptz,                               -- when the reader was last heard of
    CONSTRAINT leases_reader PRIMARY KEY (name, shard)
) WITH (fillfactor = 10);
INSERT INTO leases (name, shard, owner, lease_until, renewed_at)
SELECT name, shard, owner, lease_until, renewed_at FROM subscriptions;

DROP VIEW reader_progress;
ALTER TABLE subscriptions DROP COLUMN owner, DROP COLUMN lease_until, DROP COLUMN renewed_at;
CREATE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       coalesce(l.owner, '') AS owner, coalesce(l.lease_until > now(), false) AS leased, r.version, l.renewed_at,
       (SELECT e.at FROM events AS e WHERE e.shard = r.shard AND e.pos = r.position + 1) AS event_at,
       (SELECT o.at FROM outcomes AS o WHERE o.shard = r.shard AND o.seq = r.position + 1) AS outcome_at,
       coalesce((SELECT c.now FROM clock AS c), now()) AS now
FROM subscriptions AS r
LEFT JOIN shards AS s ON s.shard = r.shard
LEFT JOIN leases AS l ON l.name = r.name AND l.shard = r.shard;

-- Outcomes are a history too. Those from before have no hash.
ALTER TABLE outcomes ADD COLUMN chain bytea NOT NULL DEFAULT '\x';

-- outcomes_chain: hash of the last outcome. content_ids_from: from this position on the ids of events derive from
-- their content; before it from stream and version alone, as they were published.
ALTER TABLE shards
    ADD COLUMN outcomes_chain   bytea  NOT NULL DEFAULT '\x',
    ADD COLUMN content_ids_from bigint NOT NULL DEFAULT 1;
UPDATE shards SET content_ids_from = head + 1;

-- +goose Down
ALTER TABLE shards DROP COLUMN content_ids_from, DROP COLUMN outcomes_chain;
ALTER TABLE outcomes DROP COLUMN chain;
DROP VIEW reader_progress;
ALTER TABLE subscriptions
    ADD COLUMN owner text NOT NULL DEFAULT '',
    ADD COLUMN lease_until timestamptz NOT NULL DEFAULT '1970-01-01Z',
    ADD COLUMN renewed_at timestamptz;
UPDATE subscriptions AS r SET owner = l.owner, lease_until = l.lease_until, renewed_at = l.renewed_at
FROM leases AS l WHERE l.name = r.name AND l.shard = r.shard;
CREATE VIEW reader_progress AS
SELECT r.name, r.shard, r.position, coalesce(s.head, 0) AS head, coalesce(s.outcomes_head, 0) AS outcomes_head,
       r.owner, r.lease_until > now() AS leased, r.version, r.renewed_at,
       (SELECT e.at FROM events AS e WHERE e.shard = r.shard AND e.pos = r.position + 1) AS event_at,
       (SELECT o.at FROM outcomes AS o WHERE o.shard = r.shard AND o.seq = r.position + 1) AS outcome_at,
       coalesce((SELECT c.now FROM clock AS c), now()) AS now
FROM subscriptions AS r LEFT JOIN shards AS s ON s.shard = r.shard;
DROP TABLE leases;
ALTER TABLE subscriptions DROP COLUMN chain;
