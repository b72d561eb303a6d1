-- +goose Up
-- A database that was restored has tokens that were revoked since its backup. Each token names the database in which it
-- was made, so that those of another one count only when an operator has confirmed them. A standby that takes over is
-- the same database.
-- +goose StatementBegin
CREATE FUNCTION tenure_database() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text || '/' ||
           (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())::text
$$;
-- +goose StatementEnd
ALTER TABLE tokens ADD COLUMN made_in text NOT NULL DEFAULT tenure_database();

-- +goose Down
ALTER TABLE tokens DROP COLUMN made_in;
DROP FUNCTION tenure_database();
