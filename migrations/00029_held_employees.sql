-- +goose NO TRANSACTION
-- +goose Up
-- Who was held in a run, and for what: with this index the page of a run reads those and not everybody of whom nothing
-- was due, which are most of a night.
CREATE INDEX CONCURRENTLY IF NOT EXISTS run_reasons_held ON run_reasons (run, reason, shard, stream)
WHERE reason <> 'NOT_DUE';

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS run_reasons_held;
