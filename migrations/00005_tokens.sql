-- Tokens of employees: sliding for 15 minutes, or persistent until they are revoked.
-- +goose Up

ALTER TABLE tokens
    ADD COLUMN id text COLLATE "C" NOT NULL DEFAULT '',      -- 24 hex characters; names the token without being it
    ADD COLUMN name text NOT NULL DEFAULT '',
    ADD COLUMN slides interval;                              -- how far each use moves its end; NULL: not at all
CREATE INDEX tokens_employee ON tokens (employee, id) WHERE employee <> '';
CREATE INDEX tokens_expired ON tokens (expires_at) WHERE expires_at IS NOT NULL;

-- Commands whose callers were told to come back. Answers stand in the log; this tells a pending command from none.
CREATE TABLE http_commands (
    id      text COLLATE "C" NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT http_commands_id PRIMARY KEY (id)
);
CREATE INDEX http_commands_sent ON http_commands (sent_at);

-- +goose Down
DROP TABLE http_commands;
DROP INDEX tokens_expired;
ALTER TABLE tokens DROP COLUMN slides, DROP COLUMN name, DROP COLUMN id;
