-- Where employees may call from, and how often CallGear's tokens have called.
-- +goose Up

ALTER TABLE directory ADD COLUMN ip_restriction text;       -- addresses separated by commas; NULL: from anywhere
UPDATE directory
SET ip_restriction = NULLIF(substring(convert_from(document, 'UTF8') FROM '"ipRestriction":"([0-9A-Fa-f:., ]*)"'), '')
WHERE position('"ipRestriction":"' IN convert_from(document, 'UTF8')) > 0;

-- Calls of an access token in its latest day and minute, over all processes. Unlogged: a crash forgives what was
-- counted, and counting waits for no disk.
CREATE UNLOGGED TABLE callgear_calls (
    token     bytea       NOT NULL,                         -- SHA-256
    day       timestamptz NOT NULL,                         -- when it began, in UTC
    in_day    bigint      NOT NULL,
    minute    timestamptz NOT NULL,                         -- when it began
    in_minute bigint      NOT NULL,
    CONSTRAINT callgear_calls_token PRIMARY KEY (token)
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE callgear_calls;
ALTER TABLE directory DROP COLUMN ip_restriction;
