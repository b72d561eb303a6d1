-- +goose NO TRANSACTION
-- +goose Up
-- Lines are found by their id run by run (projections/lines_find.go): the index was a fifth of what a night wrote.
DROP INDEX CONCURRENTLY IF EXISTS lines_ids;

-- Each chunk of a run adds to the sums of its documents: with room on the page that touches no index.
ALTER TABLE run_totals SET (fillfactor = 50);

-- +goose Down
ALTER TABLE run_totals RESET (fillfactor);
DROP INDEX CONCURRENTLY IF EXISTS lines_ids;
CREATE INDEX CONCURRENTLY lines_ids ON lines USING gin (ids);
