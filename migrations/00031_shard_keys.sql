-- +goose NO TRANSACTION
-- Every key of the log and its neighbours begins with the shard, so that a statement on a shard touches one place: one
-- range of an index here, one node of a cluster. A stream, a command and a message are in one shard each, by their key,
-- so that what is unique in a shard is unique.
-- Each index is built beside the old one and takes its name. Interrupted anywhere, all of it runs again.
-- +goose Up

-- What the decisions of all shards compare: the end of the catalogue's shard, kept beside its row, because the row is
-- on another node than theirs.
-- owner: store
CREATE TABLE IF NOT EXISTS catalog_head (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    head  bigint  NOT NULL,                                 -- the catalogue's version
    chain bytea   NOT NULL                                  -- hash of its events
);
INSERT INTO catalog_head (head, chain) SELECT head, chain FROM shards WHERE shard = 1024 AND head > 0
ON CONFLICT (one) DO UPDATE SET head = excluded.head, chain = excluded.chain;

-- A shard's number says which partition of which family's topic it is.
ALTER TABLE shards DROP CONSTRAINT IF EXISTS shards_topic_partition;

DROP INDEX CONCURRENTLY IF EXISTS events_shard_stream;
CREATE UNIQUE INDEX CONCURRENTLY events_shard_stream ON events (shard, stream, version);
ALTER TABLE events DROP CONSTRAINT IF EXISTS events_stream_version,
    ADD CONSTRAINT events_stream_version UNIQUE USING INDEX events_shard_stream;

DROP INDEX CONCURRENTLY IF EXISTS subjects_shard_stream;
CREATE UNIQUE INDEX CONCURRENTLY subjects_shard_stream ON subjects (shard, stream);
ALTER TABLE subjects DROP CONSTRAINT IF EXISTS subjects_stream,
    ADD CONSTRAINT subjects_stream PRIMARY KEY USING INDEX subjects_shard_stream;

DROP INDEX CONCURRENTLY IF EXISTS outcomes_shard_final;
CREATE UNIQUE INDEX CONCURRENTLY outcomes_shard_final ON outcomes (shard, command) WHERE final;
DROP INDEX CONCURRENTLY IF EXISTS outcomes_one_final;
ALTER INDEX outcomes_shard_final RENAME TO outcomes_one_final;

DROP INDEX CONCURRENTLY IF EXISTS parked_shard_message;
CREATE UNIQUE INDEX CONCURRENTLY parked_shard_message ON parked (shard, topic, partition, "offset");
ALTER TABLE parked DROP CONSTRAINT IF EXISTS parked_message,
    ADD CONSTRAINT parked_message PRIMARY KEY USING INDEX parked_shard_message;
DROP INDEX CONCURRENTLY IF EXISTS parked_shard_queue;
CREATE INDEX CONCURRENTLY parked_shard_queue ON parked (shard, stream, sequence) WHERE state = 'parked';
DROP INDEX CONCURRENTLY IF EXISTS parked_queue;
ALTER INDEX parked_shard_queue RENAME TO parked_queue;

DROP INDEX CONCURRENTLY IF EXISTS repairs_shard_id;
CREATE UNIQUE INDEX CONCURRENTLY repairs_shard_id ON repairs (shard, id);
ALTER TABLE repairs DROP CONSTRAINT IF EXISTS repairs_pkey,
    ADD CONSTRAINT repairs_pkey PRIMARY KEY USING INDEX repairs_shard_id;

DROP INDEX CONCURRENTLY IF EXISTS run_shards_shard_run;
CREATE UNIQUE INDEX CONCURRENTLY run_shards_shard_run ON run_shards (shard, run);
ALTER TABLE run_shards DROP CONSTRAINT IF EXISTS run_shards_run,
    ADD CONSTRAINT run_shards_run PRIMARY KEY USING INDEX run_shards_shard_run;

DROP INDEX CONCURRENTLY IF EXISTS run_totals_shard_document;
CREATE UNIQUE INDEX CONCURRENTLY run_totals_shard_document ON run_totals (shard, run, document_ref);
ALTER TABLE run_totals DROP CONSTRAINT IF EXISTS run_totals_document,
    ADD CONSTRAINT run_totals_document PRIMARY KEY USING INDEX run_totals_shard_document;

DROP INDEX CONCURRENTLY IF EXISTS run_reasons_shard_stream;
CREATE UNIQUE INDEX CONCURRENTLY run_reasons_shard_stream ON run_reasons (shard, run, stream);
ALTER TABLE run_reasons DROP CONSTRAINT IF EXISTS run_reasons_stream,
    ADD CONSTRAINT run_reasons_stream PRIMARY KEY USING INDEX run_reasons_shard_stream;

DROP INDEX CONCURRENTLY IF EXISTS run_products_shard_product;
CREATE UNIQUE INDEX CONCURRENTLY run_products_shard_product ON run_products (shard, run, ledger, currency, product);
ALTER TABLE run_products DROP CONSTRAINT IF EXISTS run_products_product,
    ADD CONSTRAINT run_products_product PRIMARY KEY USING INDEX run_products_shard_product;

DROP INDEX CONCURRENTLY IF EXISTS subscriptions_shard_reader;
CREATE UNIQUE INDEX CONCURRENTLY subscriptions_shard_reader ON subscriptions (shard, name);
ALTER TABLE subscriptions DROP CONSTRAINT IF EXISTS subscriptions_reader,
    ADD CONSTRAINT subscriptions_reader PRIMARY KEY USING INDEX subscriptions_shard_reader;

DROP INDEX CONCURRENTLY IF EXISTS leases_shard_reader;
CREATE UNIQUE INDEX CONCURRENTLY leases_shard_reader ON leases (shard, name);
ALTER TABLE leases DROP CONSTRAINT IF EXISTS leases_reader,
    ADD CONSTRAINT leases_reader PRIMARY KEY USING INDEX leases_shard_reader;

DROP INDEX CONCURRENTLY IF EXISTS replay_shards_shard_replay;
CREATE UNIQUE INDEX CONCURRENTLY replay_shards_shard_replay ON replay_shards (shard, replay);
ALTER TABLE replay_shards DROP CONSTRAINT IF EXISTS replay_shards_replay,
    ADD CONSTRAINT replay_shards_replay PRIMARY KEY USING INDEX replay_shards_shard_replay;

DROP INDEX CONCURRENTLY IF EXISTS accepted_tails_shard_at;
CREATE UNIQUE INDEX CONCURRENTLY accepted_tails_shard_at ON accepted_tails (shard, reader, at);
ALTER TABLE accepted_tails DROP CONSTRAINT IF EXISTS accepted_tails_at,
    ADD CONSTRAINT accepted_tails_at PRIMARY KEY USING INDEX accepted_tails_shard_at;

DROP INDEX CONCURRENTLY IF EXISTS projection_build_shards_shard_place;
CREATE UNIQUE INDEX CONCURRENTLY projection_build_shards_shard_place ON projection_build_shards (shard, place);
ALTER TABLE projection_build_shards DROP CONSTRAINT IF EXISTS projection_build_shards_place,
    ADD CONSTRAINT projection_build_shards_place PRIMARY KEY USING INDEX projection_build_shards_shard_place;

-- The rows of a read model are beside the log that they are made from: a page of a reader is one transaction in one
-- place. Lines are read by their document; the others by an id that stays in front of the shard.
DROP INDEX CONCURRENTLY IF EXISTS lines_shard_document;
CREATE UNIQUE INDEX CONCURRENTLY lines_shard_document ON lines (shard, document_ref, position);
ALTER TABLE lines DROP CONSTRAINT IF EXISTS lines_document,
    ADD CONSTRAINT lines_document PRIMARY KEY USING INDEX lines_shard_document;

ALTER TABLE directory_extensions ADD COLUMN IF NOT EXISTS shard integer NOT NULL DEFAULT 0;
UPDATE directory_extensions AS x SET shard = d.shard FROM directory AS d WHERE d.id = x.employee AND d.shard <> x.shard;
ALTER TABLE directory_accounts ADD COLUMN IF NOT EXISTS shard integer NOT NULL DEFAULT 0;
UPDATE directory_accounts AS x SET shard = d.shard FROM directory AS d WHERE d.id = x.employee AND d.shard <> x.shard;
DROP INDEX CONCURRENTLY IF EXISTS employee_documents_id_shard;
CREATE UNIQUE INDEX CONCURRENTLY employee_documents_id_shard ON employee_documents (id, shard);
ALTER TABLE employee_documents DROP CONSTRAINT IF EXISTS employee_documents_id,
    ADD CONSTRAINT employee_documents_id PRIMARY KEY USING INDEX employee_documents_id_shard;
DROP INDEX CONCURRENTLY IF EXISTS directory_id_shard;
CREATE UNIQUE INDEX CONCURRENTLY directory_id_shard ON directory (id, shard);
ALTER TABLE directory DROP CONSTRAINT IF EXISTS directory_id,
    ADD CONSTRAINT directory_id PRIMARY KEY USING INDEX directory_id_shard;
DROP INDEX CONCURRENTLY IF EXISTS documents_ref_shard;
CREATE UNIQUE INDEX CONCURRENTLY documents_ref_shard ON documents (document_ref, shard);
ALTER TABLE documents DROP CONSTRAINT IF EXISTS documents_ref,
    ADD CONSTRAINT documents_ref PRIMARY KEY USING INDEX documents_ref_shard;
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_shard;
CREATE UNIQUE INDEX CONCURRENTLY bookings_of_shard ON bookings (document_ref, integration, run, shard);
ALTER TABLE bookings DROP CONSTRAINT IF EXISTS bookings_of,
    ADD CONSTRAINT bookings_of PRIMARY KEY USING INDEX bookings_of_shard;
DROP INDEX CONCURRENTLY IF EXISTS directory_extensions_id_shard;
CREATE UNIQUE INDEX CONCURRENTLY directory_extensions_id_shard ON directory_extensions (id, employee, shard);
ALTER TABLE directory_extensions DROP CONSTRAINT IF EXISTS directory_extensions_id,
    ADD CONSTRAINT directory_extensions_id PRIMARY KEY USING INDEX directory_extensions_id_shard;
DROP INDEX CONCURRENTLY IF EXISTS directory_accounts_id_shard;
CREATE UNIQUE INDEX CONCURRENTLY directory_accounts_id_shard ON directory_accounts (id, employee, shard);
ALTER TABLE directory_accounts DROP CONSTRAINT IF EXISTS directory_accounts_id,
    ADD CONSTRAINT directory_accounts_id PRIMARY KEY USING INDEX directory_accounts_id_shard;
DROP INDEX CONCURRENTLY IF EXISTS directory_number_shard;
CREATE UNIQUE INDEX CONCURRENTLY directory_number_shard ON directory (number, shard);
DROP INDEX CONCURRENTLY IF EXISTS directory_number;
ALTER INDEX directory_number_shard RENAME TO directory_number;

-- What is read of all shards is read shard by shard.
CREATE OR REPLACE VIEW log_shards AS SELECT shard FROM shards;

-- Whose days they are is found by shard and stream.
CREATE OR REPLACE VIEW billed_days AS
SELECT s.stream, s.coverage, s.shard FROM subjects AS s;

-- +goose Down
DROP VIEW IF EXISTS log_shards;
DROP TABLE IF EXISTS catalog_head;
DROP INDEX CONCURRENTLY IF EXISTS lines_document_shard;
CREATE UNIQUE INDEX CONCURRENTLY lines_document_shard ON lines (document_ref, shard, position);
ALTER TABLE lines DROP CONSTRAINT IF EXISTS lines_document,
    ADD CONSTRAINT lines_document PRIMARY KEY USING INDEX lines_document_shard;
