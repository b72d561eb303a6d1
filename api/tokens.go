package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/access"
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
	b.Queue(sqlTokenExists, n.rights.Employee, id, tokenHash(value)).QueryRow(func(row pgx.Row) error { return row.Scan(&repeated) })
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

// The rights of a token are those of its employee now. A token of an employee without a row in the directory has none: the
// read model may have lost it.
const (
	sqlTokenFind = `
SELECT t.id, COALESCE(d.access_level, t.access_level), t.employee, COALESCE(d.customer, t.customer),
       COALESCE(d.reseller, t.reseller), COALESCE(d.organization, ''), COALESCE(d.state, 'ENABLED'), d.api_access,
       COALESCE(d.ip_restriction, ''), d.document, COALESCE(d.shard, -1), t.employee <> '' AND d.id IS NULL,
       COALESCE(t.expires_at <= now(), false), t.slides IS NOT NULL,
       COALESCE(t.last_used_at < now() - INTERVAL '1 minute', true)
         OR COALESCE(t.expires_at < now() + t.slides - INTERVAL '1 minute', false), now()
FROM tokens AS t LEFT JOIN directory AS d ON d.id = t.employee AND t.employee <> ''
WHERE t.hash = $1::bytea`

	// sqlTokenUse notes the use of a token, at most once a minute, and moves the end of one that slides.
	sqlTokenUse = `
UPDATE tokens SET last_used_at = now(), last_address = $2::text,
    expires_at = CASE WHEN slides IS NULL THEN expires_at
                 ELSE least(now() + slides, created_at + $3::bigint * INTERVAL '1 second') END
WHERE hash = $1::bytea AND (expires_at IS NULL OR expires_at > now())`
)

// errTokenStale means that the directory cannot say what the token's employee may do now.
var errTokenStale = errors.New("api: the directory has no current row of the token's employee")

// foundToken is a token with what the directory knows of its employee.
type foundToken struct {
	holder
	state    string
	document []byte // of the directory
	shard    int32
	missing  bool // its employee has no row
	expired  bool
	slides   bool
	noteUse  bool
	read     time.Time // by the database's clock
}

// now is business time, or that of the database where no clock is given.
func (f *foundToken) now(clock func() time.Time) time.Time {
	if clock == nil {
		return f.read
	}
	return clock()
}

// Rights returns the rights of a token; false when there is no such token, ErrTokenExpired when it has ended,
// ErrTokenBlocked when its employee may not call any more.
func (t Tokens) Rights(ctx context.Context, token string) (events.Actor, bool, error) {
	found, err := t.find(ctx, token)
	if err == nil {
		err = found.check(found.now(t.Now))
	}
	if err == nil {
		err = t.use(ctx, found, netip.Addr{})
	}
	if errors.Is(err, errTokenUnknown) {
		return events.Actor{}, false, nil
	}
	return found.Actor, err == nil, err
}

// find reads a token. The error is errTokenUnknown where there is none.
func (t Tokens) find(ctx context.Context, token string) (f foundToken, err error) {
	var organization, from string
	var filter []byte
	known := false
	b := &pgx.Batch{}
	f.hash = [32]byte(tokenHash(token))
	b.Queue(sqlTokenFind, f.hash[:]).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			known = true
			err := rows.Scan(&f.id, &f.AccessLevel, &f.Employee, &f.Customer, &f.Reseller, &organization, &f.state, &filter, &from,
				&f.document, &f.shard, &f.missing, &f.expired, &f.slides, &f.noteUse, &f.read)
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := t.Database.InTx(ctx, b); err != nil {
		return foundToken{}, fmt.Errorf("api: find token: %w", err)
	}
	if !known {
		return foundToken{}, errTokenUnknown
	}
	f.OrganizationResellers, f.Token = events.IDs(organization), f.id
	f.filter, f.from = t.filters.of(filter), addressesOf(from)
	return f, nil
}

// check returns why a token is not accepted at a time.
func (f *foundToken) check(now time.Time) error {
	if f.missing {
		return errTokenStale
	}
	if f.Employee != "" {
		var known struct {
			Deletion   *projections.Deletion `json:"deletion"`
			Properties loginFlags            `json:"properties"`
		}
		if err := json.Unmarshal(f.document, &known); err != nil {
			return fmt.Errorf("api: the directory's row of %s: %w", f.Employee, err)
		}
		gone := known.Deletion != nil && (known.Deletion.Started || !now.Before(known.Deletion.At))
		if f.state != domain.StateEnabled || gone || f.AccessLevel == access.NoLogin.String() || known.Properties.Machine && f.slides {
			return ErrTokenBlocked
		}
	}
	if f.expired {
		return ErrTokenExpired
	}
	return nil
}

// use notes the use of a token from an address, which may be unknown, and moves its end when it slides.
func (t Tokens) use(ctx context.Context, f foundToken, from netip.Addr) error {
	if !f.noteUse {
		return nil
	}
	address := ""
	if from.IsValid() {
		address = from.String()
	}
	b := &pgx.Batch{}
	b.Queue(sqlTokenUse, f.hash[:], address, int64(sessionMax/time.Second))
	return t.Database.InTx(ctx, b)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
