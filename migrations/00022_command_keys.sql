-- +goose Up

-- The keys that commands are signed with, and what each may send. material verifies a signature: the secret of an
-- HMAC key, the public key of an Ed25519 key. Only the worker's role and the owner may read it. A revoked key stays,
-- because events name it as their actor's.
CREATE TABLE command_keys (
    key_id     text        PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
    name       text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    algorithm  text        NOT NULL CHECK (algorithm IN ('hmac-sha256', 'ed25519')),
    material   bytea       NOT NULL CHECK (octet_length(material) = 32),
    types      text[]      NOT NULL CHECK (cardinality(types) > 0),
    level      text        NOT NULL DEFAULT '',
    reseller   text        NOT NULL DEFAULT '',
    system     boolean     NOT NULL DEFAULT false,
    reason     text        NOT NULL DEFAULT '',
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_by text,
    revoked_at timestamptz,
    CONSTRAINT command_keys_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

-- A name belongs to one key at a time: it is free again after a revocation, so that a key can be rotated under its
-- name.
CREATE UNIQUE INDEX command_keys_name ON command_keys (name) WHERE revoked_at IS NULL;

-- +goose Down
DROP TABLE command_keys;
