-- +goose Up
-- A reader of employee.activity knows its partition by the claim that it holds, and the place by the message before it:
-- epoch rises with each claim, last_record is the fingerprint of the message before next_offset; empty: unknown.
ALTER TABLE activity_progress
    ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN last_record bytea NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE activity_progress DROP COLUMN epoch, DROP COLUMN last_record;
