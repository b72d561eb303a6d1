package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/events"
	"tenure/projections"
)

// tokenBytes is the length of a token before it is written in hex: as many as a hash has, so that guessing one is no
// easier than finding another text with its hash.
const tokenBytes = 32

// Tokens keeps who may call. Its methods may be called at once.
type Tokens struct {
	// Database has the table tokens.
	Database projections.Database
}

// ErrTokenExpired says that the token was good once.
var ErrTokenExpired = errors.New("the token has expired")

// ErrRights says that rights do not fit together: a level that may not read, or one without the customer or reseller that
// bounds it.
var ErrRights = errors.New("api: VIEWER, MANAGER and OWNER need a customer, RESELLER needs a reseller, and RESELLER_ADMIN and ADMIN are for all")

func checkRights(rights events.Actor) error {
	level := rights.AccessLevel
	switch {
	case slices.Contains(seesAll, level),
		slices.Contains(seesCustomer, level) && rights.Customer != "",
		level == "RESELLER" && rights.Reseller != "":
		return nil
	}
	return ErrRights
}

const sqlTokenInsert = `
INSERT INTO tokens (hash, access_level, employee, customer, reseller, expires_at)
VALUES ($1::bytea, $2::text, $3::text, $4::text, $5::text,
        CASE WHEN $6::bigint > 0 THEN now() + $6::bigint * INTERVAL '1 second' END)`

// Create makes a token that carries rights for a time, for ever when that is 0. It is told once: only its hash is kept.
// The error is ErrRights when the rights do not fit together.
func (t Tokens) Create(ctx context.Context, rights events.Actor, lifetime time.Duration) (string, error) {
	if err := checkRights(rights); err != nil {
		return "", err
	}
	raw := make([]byte, tokenBytes)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("api: create token: %w", err)
	}
	token := hex.EncodeToString(raw)
	b := &pgx.Batch{}
	b.Queue(sqlTokenInsert, tokenHash(token), rights.AccessLevel, rights.Employee, rights.Customer, rights.Reseller,
		int64(lifetime/time.Second))
	if err := t.Database.InTx(ctx, b); err != nil {
		return "", fmt.Errorf("api: create token: %w", err)
	}
	return token, nil
}

const sqlTokenFind = `
SELECT access_level, employee, customer, reseller, COALESCE(expires_at <= now(), false)
FROM tokens WHERE hash = $1::bytea`

// Rights tells what a token allows; false when there is none like it, ErrTokenExpired when its time is over.
func (t Tokens) Rights(ctx context.Context, token string) (events.Actor, bool, error) {
	var rights events.Actor
	var known, expired bool
	b := &pgx.Batch{}
	b.Queue(sqlTokenFind, tokenHash(token)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			known = true
			err := rows.Scan(&rights.AccessLevel, &rights.Employee, &rights.Customer, &rights.Reseller, &expired)
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
	switch err := t.Database.InTx(ctx, b); {
	case err != nil:
		return events.Actor{}, false, fmt.Errorf("api: find token: %w", err)
	case expired:
		return events.Actor{}, false, ErrTokenExpired
	}
	return rights, known, nil
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
