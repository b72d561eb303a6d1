-- +goose Up
-- A halt is written here at once, by whoever may, also while Kafka is away or the stream of halts is blocked. Its event
-- follows: until it is in the log the row is not recorded, and schedulers send the command for it.
ALTER TABLE run_halts ADD COLUMN recorded boolean NOT NULL DEFAULT true;

-- +goose Down
ALTER TABLE run_halts DROP COLUMN recorded;
