-- +goose Up
-- readers: those of a process that do not continue in a shard, and why; who waits for one, and tenure check, read it.
ALTER TABLE processes ADD COLUMN readers jsonb NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE processes DROP COLUMN readers;
