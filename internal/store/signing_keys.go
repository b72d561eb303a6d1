package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SigningKey is a key that commands are signed with, and what it may send.
type SigningKey struct {
	ID, Name, Algorithm string
	Material            []byte   // what verifies; never leaves the worker
	Types               []string // patterns of command types
	Level, Reseller     string   // bounds of the actor; empty: none
	System              bool     // may send commands of Tenure itself
	Reason, CreatedBy   string
	CreatedAt           time.Time
	RevokedBy           string
	RevokedAt           time.Time // zero: in use
}

// ErrKeyName reports that a key in use has the name already.
var ErrKeyName = errors.New("store: a key in use has this name")

const sqlAddSigningKey = `
INSERT INTO command_keys (key_id, name, algorithm, material, types, level, reseller, system, reason, created_by)
VALUES ($1::text, $2::text, $3::text, $4::bytea, $5::text[], $6::text, $7::text, $8::boolean, $9::text, $10::text)`

// AddSigningKey stores a new key. The error is ErrKeyName where another one in use has its name.
func (s *Store) AddSigningKey(ctx context.Context, k SigningKey) error {
	_, err := s.pool.Exec(ctx, sqlAddSigningKey, k.ID, k.Name, k.Algorithm, k.Material, k.Types, k.Level,
		k.Reseller, k.System,
		k.Reason, k.CreatedBy)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "command_keys_name" {
		return ErrKeyName
	}
	if err != nil {
		return fmt.Errorf("store: add command key %s: %w", k.Name, err)
	}
	return nil
}

const sqlCommandKeys = `
SELECT key_id, name, algorithm, types, level, reseller, system, reason, created_by, created_at,
       coalesce(revoked_by, ''), revoked_at
FROM command_keys ORDER BY created_at, key_id`

// SigningKeys lists all keys, the oldest first, without what verifies their signatures.
func (s *Store) SigningKeys(ctx context.Context) ([]SigningKey, error) {
	return s.signingKeys(ctx, sqlCommandKeys, func(rows pgx.CollectableRow) (k SigningKey, err error) {
		var revoked *time.Time
		err = rows.Scan(&k.ID, &k.Name, &k.Algorithm, &k.Types, &k.Level, &k.Reseller, &k.System, &k.Reason, &k.CreatedBy,
			&k.CreatedAt, &k.RevokedBy, &revoked)
		if revoked != nil {
			k.RevokedAt = *revoked
		}
		return k, err
	})
}

const sqlVerifyingKeys = `
SELECT key_id, name, algorithm, material, types, level, reseller, system
FROM command_keys WHERE revoked_at IS NULL`

// VerifyingKeys reads the keys in use with what verifies their signatures.
func (s *Store) VerifyingKeys(ctx context.Context) ([]SigningKey, error) {
	return s.signingKeys(ctx, sqlVerifyingKeys, func(rows pgx.CollectableRow) (k SigningKey, err error) {
		err = rows.Scan(&k.ID, &k.Name, &k.Algorithm, &k.Material, &k.Types, &k.Level, &k.Reseller, &k.System)
		return k, err
	})
}

func (s *Store) signingKeys(ctx context.Context, sql string, scan pgx.RowToFunc[SigningKey]) ([]SigningKey, error) {
	rows, err := s.pool.Query(ctx, sql)
	if err == nil {
		var all []SigningKey
		if all, err = pgx.CollectRows(rows, scan); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("store: command keys: %w", err)
}

const sqlRevokeSigningKey = `
UPDATE command_keys SET revoked_at = now(), revoked_by = $2::text
WHERE (key_id = $1::text OR name = $1::text) AND revoked_at IS NULL
RETURNING key_id`

// RevokeSigningKey revokes a key in use by its id or name and returns its id, empty when there is none.
func (s *Store) RevokeSigningKey(ctx context.Context, idOrName, by string) (id string, err error) {
	err = s.pool.QueryRow(ctx, sqlRevokeSigningKey, idOrName, by).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("store: revoke command key: %w", err)
	}
	return id, nil
}
