package store

import (
	"context"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"tenure/migrations"
)

// System is what alerting rules on a whole system read of the database.
type System struct {
	Schema      int64         // the newest migration that the database has
	At          time.Time     // the database's clock
	Decided     time.Time     // business time of the newest decision; the epoch when there is none
	Audited     bool          // there was an audit
	AuditAge    time.Duration // of the last one
	AuditBroken int           // invariants that it found broken
}

// sqlSystem reads small tables only: migrations, shards and the last audit by its index.
const sqlSystem = `
SELECT (SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied),
       clock_timestamp(),
       (SELECT COALESCE(max(decided_at), to_timestamp(0)) FROM shards),
       (SELECT max(at) FROM audits),
       (SELECT count(*) FROM audits WHERE at = (SELECT max(at) FROM audits) AND broken > 0)`

// System reads what alerting rules on a whole system need, in one round trip.
func (s *Store) System(ctx context.Context) (System, error) {
	var found System
	var audited *time.Time
	err := s.pool.QueryRow(ctx, sqlSystem).Scan(&found.Schema, &found.At, &found.Decided, &audited, &found.AuditBroken)
	if err != nil {
		return found, fmt.Errorf("store: system: %w", err)
	}
	if audited != nil {
		found.Audited, found.AuditAge = true, found.At.Sub(*audited)
	}
	return found, nil
}

const sqlSchema = `SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied`

// schemaError says that the database has another schema than this build works with.
type schemaError struct {
	Found, Wanted int64
}

// Error names the command that helps.
func (e *schemaError) Error() string {
	return fmt.Sprintf("store: the database has schema version %d, this build needs %d; next: tenure migrate", e.Found,
		e.Wanted)
}

// Schema returns the version of the database's schema. The error is an error when it is older than this build
// needs; a newer one is no error, since builds of both versions run side by side during a rollout.
func (s *Store) Schema(ctx context.Context) (int64, error) {
	var found int64
	if err := s.pool.QueryRow(ctx, sqlSchema).Scan(&found); err != nil {
		return 0, fmt.Errorf("store: schema: %w", err)
	}
	if wanted := SchemaWanted(); found < wanted {
		return found, &schemaError{Found: found, Wanted: wanted}
	}
	return found, nil
}

// SchemaWanted is the newest migration of this build.
func SchemaWanted() (newest int64) {
	names, _ := fs.Glob(migrations.Files, "*.sql") // the pattern is a constant that parses
	for _, name := range names {
		number, _, _ := strings.Cut(name, "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			newest = max(newest, n)
		}
	}
	return newest
}
