package api

import (
	"context"
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

// The rights of a token are those of its employee now. A token of an employee without a row in the directory has none:
// the read model may have lost it.
const (
	sqlTokenFind = `
SELECT t.id, COALESCE(d.access_level, t.access_level), t.employee, COALESCE(d.customer, t.customer),
       COALESCE(d.reseller, t.reseller), COALESCE(d.organization, ''), COALESCE(d.state, 'ENABLED'), d.api_access,
       COALESCE(d.ip_restriction, ''), d.document, COALESCE(d.shard, -1), t.employee <> '' AND d.id IS NULL,
       COALESCE(t.expires_at <= now(), false), t.slides IS NOT NULL,
       COALESCE(t.last_used_at < now() - INTERVAL '1 minute', true)
         OR COALESCE(t.expires_at < now() + t.slides - INTERVAL '1 minute', false),
       t.made_in <> tenure_database(), now()
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
	restored bool      // it is of before a restore
	read     time.Time // by the database's clock
}

// now is business time, or that of the database where no clock is given.
func (f *foundToken) now(clock func() time.Time) time.Time {
	if clock == nil {
		return f.read
	}
	return clock()
}

// Rights returns the rights of a token; false when there is no such token. An error for which [Refused] is true says
// why a known one is not accepted: it has ended, its employee may not call any more, or it is of before a restore.
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
			err := rows.Scan(
				&f.id,
				&f.AccessLevel,
				&f.Employee,
				&f.Customer,
				&f.Reseller,
				&organization,
				&f.state,
				&filter,
				&from,
				&f.document,
				&f.shard,
				&f.missing,
				&f.expired,
				&f.slides,
				&f.noteUse,
				&f.restored,
				&f.read,
			)
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
	if f.restored {
		return errTokenRestored
	}
	if f.missing {
		return errTokenStale
	}
	if f.Employee != "" {
		if err := f.checkEmployee(now); err != nil {
			return err
		}
	}
	if f.expired {
		return errTokenExpired
	}
	return nil
}

// checkEmployee returns why a token's employee may not call at a time.
func (f *foundToken) checkEmployee(now time.Time) error {
	var known struct {
		Deletion   *projections.Deletion `json:"deletion"`
		Properties loginFlags            `json:"properties"`
	}
	if err := json.Unmarshal(f.document, &known); err != nil {
		return fmt.Errorf("api: the directory's row of %s: %w", f.Employee, err)
	}
	gone := known.Deletion != nil && (known.Deletion.Started || !now.Before(known.Deletion.At))
	if f.state != domain.StateEnabled || gone || f.AccessLevel == access.NoLogin.String() ||
		known.Properties.Machine && f.slides {
		return errTokenBlocked
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
