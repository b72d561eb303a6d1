-- +goose Up
-- A shard asks for its open runs after each one that ends: without an index of those it reads every run that ever was.
CREATE INDEX run_shards_still_open ON run_shards (shard, business_date, run) WHERE state = 'open';

-- +goose Down
DROP INDEX run_shards_still_open;
