-- What an operator looks at: which processes run, and what the last audits found.
-- +goose Up

-- Processes give a sign of life every few seconds. Unlogged: after a crash they are there again with the next one.
CREATE UNLOGGED TABLE processes (
    id         text        NOT NULL,                        -- random, for the life of the process
    version    text        NOT NULL,                        -- of the build
    roles      text[]      NOT NULL,
    shards     integer[]   NOT NULL,                        -- that it owns as a worker
    blocked    jsonb       NOT NULL,                        -- its own shards that are blocked: shard -> reason
    skew       interval    NOT NULL,                        -- its clock minus the database's
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT processes_id PRIMARY KEY (id)
) WITH (fillfactor = 50);

-- One row a check and audit; all rows of an audit have one time.
CREATE TABLE audits (
    at       timestamptz NOT NULL DEFAULT now(),
    check_id text        NOT NULL,                          -- of the invariant, such as I5
    name     text        NOT NULL,
    broken   bigint      NOT NULL,                          -- violations found
    detail   text        NOT NULL,
    CONSTRAINT audits_check PRIMARY KEY (at, check_id, name)
);

-- +goose Down
DROP TABLE audits;
DROP TABLE processes;
