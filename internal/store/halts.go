package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
)

// What can be halted.
const (
	ScopeInvoicing = "invoicing"
	ScopeDeletions = "deletions"
)

// ConstraintRunOpen is what a ConflictError names when a chunk is of a run that is through, abandoned, or further.
const ConstraintRunOpen = "run_shards_open"

// Halt is something that an operator has stopped, or resumed.
type Halt struct {
	Scope  string
	Reason string
	At     time.Time // business time
	Lifted bool      // it is resumed; only for Write
	// Unrecorded says that the halt was written directly and its event is not in the log yet; only of Halts.
	Unrecorded bool
}

// AbandonedRun is a run that was given up; only for Write.
type AbandonedRun struct {
	Run          string
	BusinessDate billing.Date
	Manifest     []byte // as in the shards that have opened it
	Shards       []int32
}

const sqlHalts = `
SELECT scope, reason, at, recorded
FROM run_halts
ORDER BY scope`

// Halts lists what is halted now.
func (s *Store) Halts(ctx context.Context) ([]Halt, error) {
	rows, err := s.pool.Query(ctx, sqlHalts)
	if err != nil {
		return nil, fmt.Errorf("store: halts: %w", err)
	}
	found, err := collect(rows, 0, func(v [][]byte) Halt {
		return Halt{Scope: string(v[0]), Reason: string(v[1]), At: rawTime(v[2]), Unrecorded: !rawBool(v[3])}
	})
	if err != nil {
		return nil, fmt.Errorf("store: halts: %w", err)
	}
	return found, nil
}

// sqlNotHalted refuses the transaction that it is a part of while its scope is halted. It is a separate statement, with
// its own snapshot: whatever was committed before it began is seen. So once the transaction of a halt is committed, no
// chunk commits but those that had passed this statement by then, which are the ones that were running. No lock is
// taken on the row: all shards would write to one page, to make a halt wait some milliseconds more.
const sqlNotHalted = `
SELECT CASE WHEN EXISTS (SELECT 1 FROM run_halts WHERE scope = $1::text)
       THEN tenure_refuse('` + stateHalted + `', $1::text || ' is halted') ELSE 0 END`

func queueNotHalted(b *pgx.Batch, scope string) error {
	b.Queue(sqlNotHalted, scope)
	return nil
}

const (
	sqlHalt = `
INSERT INTO run_halts (scope, reason, at, recorded)
VALUES ($1::text, $2::text, $3::timestamptz, true)
ON CONFLICT (scope) DO UPDATE SET reason = excluded.reason, at = excluded.at, recorded = true`

	sqlLiftHalt = `
DELETE FROM run_halts WHERE scope = $1::text`
)

func queueHalts(b *pgx.Batch, halts []Halt) error {
	for _, h := range halts {
		if h.Lifted {
			b.Queue(sqlLiftHalt, h.Scope)
			continue
		}
		b.Queue(sqlHalt, h.Scope, storable(h.Reason), h.At)
	}
	return nil
}

// sqlHaltNow halts without the log. A scope that is halted already stays as it is.
const sqlHaltNow = `
INSERT INTO run_halts (scope, reason, at, recorded)
SELECT u.scope, $2::text, $3::timestamptz, false FROM unnest($1::text[]) AS u(scope)
ON CONFLICT (scope) DO NOTHING`

// HaltNow halts scopes at once, in the database alone: it needs neither Kafka nor the owner of any stream. No chunk,
// step of a run or deletion commits after it. The event follows by the command of whoever calls it, or of a scheduler.
func (s *Store) HaltNow(ctx context.Context, scopes []string, reason string, at time.Time) error {
	if _, err := s.pool.Exec(ctx, sqlHaltNow, scopes, storable(reason), at); err != nil {
		return fmt.Errorf("store: halt %v: %w", scopes, err)
	}
	return nil
}

// sqlAbandon ends a run in all its shards, also in those that have not opened it: the command that opens it there finds
// the row and leaves it. A chunk that is being written holds its row; one that comes later finds a run that is not
// open.
const sqlAbandon = `
INSERT INTO run_shards AS r (run, shard, business_date, manifest, state)
SELECT $1::text, u.shard, DATE '0001-12-31 BC' + $2::integer, $3::bytea, '` + RunAbandoned + `'
FROM unnest($4::integer[]) AS u(shard)
ON CONFLICT (run, shard) DO UPDATE SET state = '` + RunAbandoned + `' WHERE r.state = '` + RunOpen + `'`

func queueAbandoned(b *pgx.Batch, runs []AbandonedRun) error {
	for _, r := range runs {
		b.Queue(sqlAbandon, r.Run, int32(r.BusinessDate), present(r.Manifest), r.Shards)
	}
	return nil
}
