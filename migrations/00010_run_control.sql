-- What people have to say about runs: halts, abandoned runs, and what a report compares.
-- +goose Up

-- A run that was abandoned is neither worked on nor through.
ALTER TABLE run_shards DROP CONSTRAINT run_shards_state;
ALTER TABLE run_shards ADD CONSTRAINT run_shards_state CHECK (state IN ('open', 'done', 'abandoned'));

-- What is halted now. Written with the event that says so, read inside the transaction of each chunk and each deletion.
-- owner: store
CREATE TABLE run_halts (
    scope  text        NOT NULL,                           -- invoicing, deletions
    reason text        NOT NULL,
    at     timestamptz NOT NULL,                           -- business time
    CONSTRAINT run_halts_scope PRIMARY KEY (scope),
    CONSTRAINT run_halts_known CHECK (scope IN ('invoicing', 'deletions'))
);

-- The policy that the workers decide with, so that whoever plans a run, wherever, plans with it.
-- owner: store
CREATE TABLE run_policy (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    policy bytea   NOT NULL                                -- JSON
);

-- What a run billed in a shard, per product, for comparing runs.
-- owner: store
CREATE TABLE run_products (
    run      text    NOT NULL,
    shard    integer NOT NULL,
    ledger   text    NOT NULL,
    currency text    NOT NULL,
    product  text    NOT NULL,
    lines    bigint  NOT NULL,
    amount   numeric NOT NULL,
    CONSTRAINT run_products_product PRIMARY KEY (run, shard, ledger, currency, product)
);

-- Documents are read in the order of the bytes of their references, which an index in another order cannot give.
DROP INDEX run_totals_ref;
CREATE INDEX run_totals_ref ON run_totals (document_ref COLLATE "C");

-- +goose Down
DROP INDEX run_totals_ref;
CREATE INDEX run_totals_ref ON run_totals (document_ref);
DROP TABLE run_products, run_policy, run_halts;
UPDATE run_shards SET state = 'done' WHERE state = 'abandoned';
ALTER TABLE run_shards DROP CONSTRAINT run_shards_state;
ALTER TABLE run_shards ADD CONSTRAINT run_shards_state CHECK (state IN ('open', 'done'));
