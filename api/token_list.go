package api

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Token is a token as it is listed, without its value.
type Token struct {
	ID         string     `json:"_id"`
	Name       string     `json:"name,omitempty"`
	Employee   string     `json:"employee,omitempty"` // empty: it has rights without an employee
	Level      string     `json:"accessLevel"`        // when it was made
	Persistent bool       `json:"persistent"`
	Created    time.Time  `json:"created"`
	By         string     `json:"createdBy,omitempty"` // an employee, a token, or operator
	Expires    *time.Time `json:"expires,omitempty"`
	Used       *time.Time `json:"lastUsed,omitempty"` // within a minute
	From       string     `json:"lastAddress,omitempty"`
	Restored   bool       `json:"restored,omitempty"` // of before a restore: refused until it is confirmed
}

const (
	tokenColumns = `
SELECT id, name, employee, access_level, slides IS NULL, created_at, created_by, expires_at, last_used_at, last_address,
       made_in <> tenure_database()
FROM tokens`

	sqlTokensOf = tokenColumns + ` WHERE employee = $1::text AND (expires_at IS NULL OR expires_at > now())
ORDER BY created_at, id`

	sqlTokens = tokenColumns + ` WHERE expires_at IS NULL OR expires_at > now()
ORDER BY employee, created_at, id`
)

// Of lists an employee's tokens that have not expired, oldest first. Those without an employee are those of the empty
// id.
func (t Tokens) Of(ctx context.Context, employee string) ([]Token, error) {
	return t.list(ctx, sqlTokensOf, employee)
}

// All lists all tokens that have not expired, by employee.
func (t Tokens) All(ctx context.Context) ([]Token, error) { return t.list(ctx, sqlTokens) }

func (t Tokens) list(ctx context.Context, sql string, args ...any) ([]Token, error) {
	list := []Token{}
	b := &pgx.Batch{}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var k Token
			err := rows.Scan(
				&k.ID,
				&k.Name,
				&k.Employee,
				&k.Level,
				&k.Persistent,
				&k.Created,
				&k.By,
				&k.Expires,
				&k.Used,
				&k.From,
				&k.Restored,
			)
			if err != nil {
				return err
			}
			list = append(list, k)
		}
		return rows.Err()
	})
	if err := t.Database.InTx(ctx, b); err != nil {
		return nil, fmt.Errorf("api: list tokens: %w", err)
	}
	return list, nil
}

const (
	sqlTokenDelete = `
WITH gone AS (DELETE FROM tokens WHERE employee = $1::text AND (id = $2::text OR hash = $3::bytea) RETURNING 1)
SELECT count(*)
FROM gone`

	sqlTokenRevoke = `
WITH gone AS (DELETE FROM tokens WHERE id = $1::text RETURNING 1)
SELECT count(*)
FROM gone`

	sqlTokensRevoke = `
WITH gone AS (DELETE FROM tokens WHERE employee = $1::text AND employee <> '' RETURNING 1)
SELECT count(*)
FROM gone`

	sqlTokensRevokeOlder = `
WITH gone AS (DELETE FROM tokens WHERE created_at < $1::timestamptz RETURNING 1)
SELECT count(*)
FROM gone`
)

const (
	sqlTokenConfirm = `
WITH kept AS (
    UPDATE tokens SET made_in = tenure_database() WHERE id = $1::text AND made_in <> tenure_database() RETURNING 1)
SELECT count(*)
FROM kept`

	sqlTokensConfirm = `
WITH kept AS (UPDATE tokens SET made_in = tenure_database() WHERE made_in <> tenure_database() RETURNING 1)
SELECT count(*)
FROM kept`
)

// Confirm accepts a token of before a restore by its id; false when there is none like it.
func (t Tokens) Confirm(ctx context.Context, id string) (bool, error) {
	n, err := t.count(ctx, "confirm", sqlTokenConfirm, id)
	return n > 0, err
}

// ConfirmAll accepts all tokens of before a restore and returns how many there were.
func (t Tokens) ConfirmAll(ctx context.Context) (int64, error) {
	return t.count(ctx, "confirm", sqlTokensConfirm)
}

// Delete revokes a token of an employee by its id or its value; false when the employee has none like it.
func (t Tokens) Delete(ctx context.Context, employee, token string) (bool, error) {
	n, err := t.revoke(ctx, sqlTokenDelete, employee, token, tokenHash(token))
	return n > 0, err
}

// Revoke revokes a token by its id, of whichever employee; false when there is none like it.
func (t Tokens) Revoke(ctx context.Context, id string) (bool, error) {
	n, err := t.revoke(ctx, sqlTokenRevoke, id)
	return n > 0, err
}

// RevokeOf revokes all tokens of an employee and returns how many there were.
func (t Tokens) RevokeOf(ctx context.Context, employee string) (int64, error) {
	return t.revoke(ctx, sqlTokensRevoke, employee)
}

// RevokeOlder revokes all tokens that were made before a time and returns how many there were: those of before a
// restore that nobody knows any more, and what a database brought back that was taken back to an older time in its
// place.
func (t Tokens) RevokeOlder(ctx context.Context, than time.Time) (int64, error) {
	return t.revoke(ctx, sqlTokensRevokeOlder, than)
}

func (t Tokens) revoke(ctx context.Context, sql string, args ...any) (int64, error) {
	return t.count(ctx, "revoke", sql, args...)
}

// count runs a statement that returns how many tokens it has changed.
func (t Tokens) count(ctx context.Context, what, sql string, args ...any) (n int64, err error) {
	b := &pgx.Batch{}
	b.Queue(sql, args...).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	if err := t.Database.InTx(ctx, b); err != nil {
		return 0, fmt.Errorf("api: %s tokens: %w", what, err)
	}
	return n, nil
}
