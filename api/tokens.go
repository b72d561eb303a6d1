package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

const (
	// tokenBytes is the length of a token before it is written in hex: as many as a hash has, so that guessing one is no
	// easier than finding another text with its hash.
	tokenBytes = 32
	// tokenIDBytes is the length of a token's id, written as every published id is: 24 characters of hex.
	tokenIDBytes = 12
	// TokenSlides is how long a token that is not persistent lasts after its last use.
	TokenSlides = 15 * time.Minute
)

// Tokens stores the tokens of the APIs, hashed. It is safe for concurrent use.
type Tokens struct {
	// Database has the tables tokens and directory.
	Database projections.Database
}

// ErrTokenExpired means that the token was valid and has ended.
var ErrTokenExpired = errors.New("the token has expired")

// ErrTokenBlocked means that the token is valid, but that its employee is disabled or deleted.
var ErrTokenBlocked = errors.New("the token's employee cannot log in")

// ErrRights means that rights do not fit together: a level that may not call, or one without the customer or reseller
// that bounds it.
var ErrRights = errors.New(
	"api: PERSONAL to OWNER need a customer, RESELLER needs a reseller, and RESELLER_ADMIN and ADMIN are for all",
)

func checkRights(rights events.Actor) error {
	switch rank(rights.AccessLevel) {
	case rank(levelResellerAdmin), rank(levelAdmin):
		return nil
	case rank(levelReseller):
		if rights.Reseller != "" {
			return nil
		}
	case rank("PERSONAL"), rank("VIEWER"), rank("MANAGER"), rank("OWNER"):
		if rights.Customer != "" {
			return nil
		}
	}
	return ErrRights
}

const sqlTokenInsert = `
INSERT INTO tokens (hash, id, name, access_level, employee, customer, reseller, expires_at, slides)
VALUES ($1::bytea, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text,
        CASE WHEN $8::bigint > 0 THEN now() + $8::bigint * INTERVAL '1 second' END,
        CASE WHEN $9::boolean THEN $8::bigint * INTERVAL '1 second' END)`

// sqlTokensPurge drops tokens a day after their end: until then their callers get "expired".
const sqlTokensPurge = `
DELETE FROM tokens WHERE expires_at < now() - INTERVAL '1 day'`

// Create makes a token that carries rights for a time, without end when that is 0. Its value is returned here only: its
// hash is kept. Where the rights name an employee, the token carries those that the employee has when it is used. The
// error is ErrRights when the rights do not fit together.
func (t Tokens) Create(ctx context.Context, rights events.Actor, lifetime time.Duration) (string, error) {
	_, value, err := t.create(ctx, rights, "", lifetime, false)
	return value, err
}

func (t Tokens) create(
	ctx context.Context,
	rights events.Actor,
	name string,
	lifetime time.Duration,
	slides bool,
) (id, value string, err error) {
	if err := checkRights(rights); err != nil {
		return "", "", err
	}
	id, value = randomHex(tokenIDBytes), randomHex(tokenBytes)
	b := &pgx.Batch{}
	b.Queue(
		sqlTokenInsert,
		tokenHash(value),
		id,
		name,
		rights.AccessLevel,
		rights.Employee,
		rights.Customer,
		rights.Reseller,
		int64(lifetime/time.Second),
		slides,
	)
	b.Queue(sqlTokensPurge)
	b.Queue(sqlCallsPurge)
	if err := t.Database.InTx(ctx, b); err != nil {
		return "", "", fmt.Errorf("api: create token: %w", err)
	}
	return id, value, nil
}

// The rights of a token are those of its employee now; its own only where it has none.
const (
	sqlTokenFind = `
SELECT COALESCE(d.access_level, t.access_level), t.employee, COALESCE(d.customer, t.customer), COALESCE(d.reseller, t.reseller),
       COALESCE(d.organization, ''), COALESCE(d.state, 'ENABLED'), d.api_access, COALESCE(d.ip_restriction, ''), COALESCE(t.expires_at <= now(), false),
       COALESCE(t.expires_at < now() + t.slides - INTERVAL '1 minute', false)
FROM tokens AS t LEFT JOIN directory AS d ON d.id = t.employee
WHERE t.hash = $1::bytea`

	sqlTokenSlide = `
UPDATE tokens SET expires_at = now() + slides
WHERE hash = $1::bytea AND slides IS NOT NULL AND expires_at > now()`
)

// Rights returns the rights of a token; false when there is no such token, ErrTokenExpired when it has ended,
// ErrTokenBlocked when its employee may not call any more.
func (t Tokens) Rights(ctx context.Context, token string) (events.Actor, bool, error) {
	who, ok, err := t.holder(ctx, token)
	return who.Actor, ok, err
}

// holder is Rights with what else binds the caller. Using a token that slides moves its end.
func (t Tokens) holder(ctx context.Context, token string) (who holder, known bool, err error) {
	var expired, slide bool
	var state, organization, from string
	var filter []byte
	b := &pgx.Batch{}
	b.Queue(sqlTokenFind, tokenHash(token)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			known = true
			err := rows.Scan(
				&who.AccessLevel,
				&who.Employee,
				&who.Customer,
				&who.Reseller,
				&organization,
				&state,
				&filter,
				&from,
				&expired,
				&slide,
			)
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := t.Database.InTx(ctx, b); err != nil {
		return holder{}, false, fmt.Errorf("api: find token: %w", err)
	}
	who.OrganizationResellers = events.IDs(organization)
	who.filter, who.from = filterOf(filter), addressesOf(from)
	switch {
	case !known:
		return holder{}, false, nil
	case state != domain.StateEnabled:
		return holder{}, false, ErrTokenBlocked
	case expired:
		return holder{}, false, ErrTokenExpired
	}
	if slide {
		b := &pgx.Batch{}
		b.Queue(sqlTokenSlide, tokenHash(token))
		err = t.Database.InTx(ctx, b)
	}
	return who, true, err
}

// Token is a token of an employee, without its value.
type Token struct {
	ID         string     `json:"_id"`
	Name       string     `json:"name,omitempty"`
	Persistent bool       `json:"persistent"`
	Created    time.Time  `json:"-"`
	Expires    *time.Time `json:"-"`
}

const sqlTokensOf = `
SELECT id, name, slides IS NULL, created_at, expires_at
FROM tokens WHERE employee = $1::text AND (expires_at IS NULL OR expires_at > now())
ORDER BY created_at, id`

// Of lists an employee's tokens that have not expired, oldest first.
func (t Tokens) Of(ctx context.Context, employee string) ([]Token, error) {
	list := []Token{}
	b := &pgx.Batch{}
	b.Queue(sqlTokensOf, employee).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var token Token
			if err := rows.Scan(&token.ID, &token.Name, &token.Persistent, &token.Created, &token.Expires); err != nil {
				return err
			}
			list = append(list, token)
		}
		return rows.Err()
	})
	if err := t.Database.InTx(ctx, b); err != nil {
		return nil, fmt.Errorf("api: tokens of %s: %w", employee, err)
	}
	return list, nil
}

const sqlTokenDelete = `
WITH gone AS (DELETE FROM tokens WHERE employee = $1::text AND id = $2::text RETURNING 1)
SELECT count(*)
FROM gone`

// Delete revokes a token of an employee; false when the employee has none with the id.
func (t Tokens) Delete(ctx context.Context, employee, id string) (found bool, err error) {
	b := &pgx.Batch{}
	b.Queue(sqlTokenDelete, employee, id).QueryRow(func(row pgx.Row) error {
		var n int64
		err := row.Scan(&n)
		found = n > 0
		return err
	})
	if err := t.Database.InTx(ctx, b); err != nil {
		return false, fmt.Errorf("api: revoke token of %s: %w", employee, err)
	}
	return found, nil
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
