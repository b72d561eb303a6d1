-- Who may call the HTTP APIs. A token is random and shown once; only its hash is kept.
-- +goose Up

CREATE TABLE tokens (
    hash         bytea       PRIMARY KEY,                   -- SHA-256 of the token
    access_level text        NOT NULL,
    employee     text COLLATE "C" NOT NULL,                 -- whose rights it carries; empty: nobody's in particular
    customer     text COLLATE "C" NOT NULL,
    reseller     text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz                                -- NULL: never
);

-- +goose Down
DROP TABLE tokens;
