package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/access"
	"tenure/events"
	"tenure/projections"
)

const (
	// tokenBytes is the length of a token before it is written in hex: as many as a hash has, so that guessing one is no
	// easier than finding another text with its hash.
	tokenBytes = 32
	// tokenIDBytes is the length of a token's id, written as every published id is: 24 characters of hex.
	tokenIDBytes = 12
	// tokenSlides is how long a token that is not persistent lasts after its last use.
	tokenSlides = 15 * time.Minute
)

// Tokens stores the tokens of the APIs, hashed. It is safe for concurrent use.
type Tokens struct {
	// Database has the tables tokens and directory.
	Database projections.Database

	// Now is business time, by which an employee's deletion begins; nil: the database's.
	Now func() time.Time

	filters *apiFilters // nil: every filter is compiled
}

// errTokenExpired means that the token was valid and has ended.
var errTokenExpired = errors.New("the token has expired")

// errTokenBlocked means that the token is valid, but that its employee is disabled or deleted.
var errTokenBlocked = errors.New("the token's employee cannot log in")

// errTokenRestored means that the token was made before the database was restored, and that no operator has confirmed
// it since: it may have been revoked after the backup.
var errTokenRestored = errors.New("the token is of before a restore; next: tenure token confirm")

// Refused reports whether an error of [Tokens.Rights] says that a token is known and not accepted.
func Refused(err error) bool {
	return errors.Is(err, errTokenExpired) || errors.Is(err, errTokenBlocked) || errors.Is(err, errTokenRestored)
}

// ErrRights means that rights do not fit together: a level that may not call, or one without the customer or reseller
// that bounds it.
var ErrRights = errors.New(
	"api: PERSONAL to OWNER need a customer, RESELLER needs a reseller, and RESELLER_ADMIN and ADMIN are for all",
)

func checkRights(rights events.Actor) error {
	switch level := access.LevelOf(rights.AccessLevel); {
	case level >= access.ResellerAdmin:
		return nil
	case level == access.Reseller && rights.Reseller != "":
		return nil
	case level >= access.Personal && level < access.Reseller && rights.Customer != "":
		return nil
	}
	return ErrRights
}

const (
	// tokensMax is how many tokens an employee has at once: one a device and one an integration, and some.
	tokensMax = 20
	// sessionMax is the longest that a token that slides lasts, however often it is used.
	sessionMax = 12 * time.Hour
)

// errTooManyTokens means that an employee has as many persistent tokens as it may.
var errTooManyTokens = errors.New("the employee has as many persistent tokens as it may: revoke one first")

// errTokenRepeated means that a call that names itself has made its token before; its value is not kept.
var errTokenRepeated = errors.New("api: the token was made before")

// newToken is a token to be made.
type newToken struct {
	rights   events.Actor
	name     string
	lifetime time.Duration // 0: without end
	slides   bool          // each use moves its end by lifetime
	by       string        // who makes it: an employee, or a token without one
	id       string        // empty: random
}

const (
	// sqlTokensLock lets one token of an employee be made at a time, so that their number is exact.
	sqlTokensLock = `
SELECT pg_advisory_xact_lock(hashtextextended('tokens ' || $1::text, 0))`

	// sqlTokensMakeRoom ends the sessions of an employee that were used longest ago, so that one more has room.
	sqlTokensMakeRoom = `
DELETE FROM tokens WHERE hash IN (
    SELECT hash FROM tokens WHERE employee = $1::text AND employee <> '' AND slides IS NOT NULL
    ORDER BY COALESCE(last_used_at, created_at)
    LIMIT greatest(0, (SELECT count(*) FROM tokens WHERE employee = $1::text) - $2::bigint + 1))`

	sqlTokenInsert = `
INSERT INTO tokens (hash, id, name, access_level, employee, customer, reseller, expires_at, slides, created_by)
SELECT $1::bytea, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
       CASE WHEN $8::bigint > 0 THEN now() + $8::bigint * INTERVAL '1 second' END,
       CASE WHEN $9::boolean THEN $8::bigint * INTERVAL '1 second' END, $10::text
WHERE ($5::text = '' OR (SELECT count(*) FROM tokens WHERE employee = $5::text) < $11::bigint)
  AND NOT EXISTS (SELECT 1 FROM tokens WHERE employee = $5::text AND id = $2::text)
RETURNING true`

	sqlTokenExists = `
SELECT count(*)
FROM tokens WHERE employee = $1::text AND id = $2::text AND hash <> $3::bytea`

	// sqlTokensPurge drops tokens a day after their end: until then their callers get "expired".
	sqlTokensPurge = `
DELETE FROM tokens WHERE expires_at < now() - INTERVAL '1 day'`
)

// byOperator is who makes a token that no caller of the APIs asked for.
const byOperator = "operator"

// Create makes a token that carries rights for a time, without end when that is 0. Its value is returned here only: its
// hash is kept. Where the rights name an employee, the token carries those that the employee has when it is used. The
// error is ErrRights when the rights do not fit together, and errTooManyTokens when the employee has too many tokens.
func (t Tokens) Create(ctx context.Context, rights events.Actor, lifetime time.Duration) (string, error) {
	_, value, err := t.create(ctx, newToken{rights: rights, lifetime: lifetime, by: byOperator})
	return value, err
}

func (t Tokens) create(ctx context.Context, n newToken) (id, value string, err error) {
	if err := checkRights(n.rights); err != nil {
		return "", "", err
	}
	if id = n.id; id == "" {
		id = randomHex(tokenIDBytes)
	}
	value = randomHex(tokenBytes)
	made, repeated := false, int64(0)
	b := &pgx.Batch{}
	b.Queue(sqlTokensPurge)
	b.Queue(sqlCallsPurge)
	b.Queue(sqlTokensLock, n.rights.Employee)
	b.Queue(sqlTokensMakeRoom, n.rights.Employee, int64(tokensMax))
	b.Queue(sqlTokenInsert, tokenHash(value), id, n.name, n.rights.AccessLevel, n.rights.Employee, n.rights.Customer,
		n.rights.Reseller, int64(n.lifetime/time.Second), n.slides, n.by, int64(tokensMax)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			made = true
		}
		return rows.Err()
	})
	b.Queue(sqlTokenExists, n.rights.Employee, id, tokenHash(value)).
		QueryRow(func(row pgx.Row) error { return row.Scan(&repeated) })
	if err := t.Database.InTx(ctx, b); err != nil {
		return "", "", fmt.Errorf("api: create token: %w", err)
	}
	switch {
	case made:
		return id, value, nil
	case repeated > 0:
		return id, "", errTokenRepeated
	}
	return "", "", errTooManyTokens
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
