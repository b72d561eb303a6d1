-- Who made a token, and when and from where it was last used.
-- +goose Up

ALTER TABLE tokens
    ADD COLUMN created_by text COLLATE "C" NOT NULL DEFAULT '', -- an employee, a token without one, or operator
    ADD COLUMN last_used_at timestamptz,                        -- within a minute; NULL: never
    ADD COLUMN last_address text NOT NULL DEFAULT '';           -- the caller's, behind trusted proxies
CREATE INDEX tokens_id ON tokens (id);

-- +goose Down
DROP INDEX tokens_id;
ALTER TABLE tokens DROP COLUMN last_address, DROP COLUMN last_used_at, DROP COLUMN created_by;
