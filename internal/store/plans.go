package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// changedPageMax bounds the changed employees named in one round trip.
const changedPageMax = 10_000

// sqlIsChange is what an event must be to change what a run bills. What others see of an employee's availability
// changes all day and is never billed.
const sqlIsChange = `stream >= 'employee/' AND stream < 'employee0' AND run_id = ''
  AND type NOT IN ('employee.presence_changed.v1', 'employee.auto_presence_set.v1')`

const sqlChanged = `
SELECT DISTINCT stream FROM events
WHERE shard = $1::integer AND pos > $2::bigint AND pos <= $3::bigint
  AND ` + sqlIsChange + `
LIMIT $4::bigint`

// Changed names employees of a shard to whom something happened outside of runs behind one position up to another, in
// no order, at most limit or 10 000.
func (s *Store) Changed(ctx context.Context, shard ShardID, after, until int64, limit int) ([]string, error) {
	rows, err := s.pool.Query(ctx, sqlChanged, int32(shard), after, until, int64(min(limit, changedPageMax)))
	if err != nil {
		return nil, fmt.Errorf("store: changed in shard %d after %d: %w", shard, after, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) string { return string(v[0]) })
	if err != nil {
		return nil, fmt.Errorf("store: changed in shard %d after %d: %w", shard, after, err)
	}
	return found, nil
}

const sqlCountChanged = `
SELECT count(DISTINCT stream) FROM events
WHERE shard = $1::integer AND pos > $2::bigint
  AND ` + sqlIsChange

// CountChanged counts the employees of a shard to whom something happened behind a position.
func (s *Store) CountChanged(ctx context.Context, shard ShardID, after int64) (int64, error) {
	var n int64
	if err := s.pool.QueryRow(ctx, sqlCountChanged, int32(shard), after).Scan(&n); err != nil {
		return 0, fmt.Errorf("store: changed in shard %d after %d: %w", shard, after, err)
	}
	return n, nil
}

// changedEventsMax bounds the events that a page examines for whom they changed.
const changedEventsMax = 10_000

// Each shard is asked by itself: a statement over several has no plan on a cluster.
const sqlChangedSome = `
SELECT count(DISTINCT n.stream) FILTER (WHERE ` + sqlIsChange + `), count(*) = $3::bigint
FROM (SELECT e.stream, e.run_id, e.type FROM events AS e
      WHERE e.shard = $1::integer AND e.pos > $2::bigint ORDER BY e.pos LIMIT $3::bigint) AS n`

// ChangedSome counts the employees to whom something happened behind positions of shards, as CountChanged does, but
// examines 10 000 events in all shards together: more reports that there are others.
func (s *Store) ChangedSome(ctx context.Context, shards []int32, positions []int64) (n int64, more bool, err error) {
	each := int64(changedEventsMax / max(len(shards), 1))
	b := &pgx.Batch{}
	for i, shard := range shards {
		b.Queue(sqlChangedSome, shard, positions[i], each).QueryRow(func(row pgx.Row) error {
			var some int64
			var others bool
			err := row.Scan(&some, &others)
			n, more = n+some, more || others
			return err
		})
	}
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return 0, false, fmt.Errorf("store: changed since a plan: %w", err)
	}
	return n, more, nil
}

// sqlDueAfter has no index for its whole order: those of the same instant are sorted. It is for looks that must pass
// over some who stay due; the tick reads sqlDueNow.
const sqlDueAfter = `
SELECT stream, version, next_due, bill_due, parked, state
FROM subjects
WHERE shard = $1::integer AND next_due <= $2::timestamptz AND NOT parked
  AND next_due >= $3::timestamptz AND (next_due, stream) > ($3::timestamptz, $4::text COLLATE "C")
ORDER BY next_due, stream LIMIT $5::bigint`

// DueAfter reads what DueNow does, in the order of (NextDue, Stream), after a cursor. The zero time is the beginning.
func (s *Store) DueAfter(
	ctx context.Context,
	shard ShardID,
	until, afterDue time.Time,
	afterStream string,
	limit int,
) ([]Subject, error) {
	limit = min(limit, duePageMax)
	due, err := s.subjects(ctx, limit, sqlDueAfter, int32(shard), until, afterDue, afterStream, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: due in shard %d: %w", shard, err)
	}
	return due, nil
}

const (
	sqlKeepPolicy = `
INSERT INTO run_policy AS p (policy)
VALUES ($1::bytea)
ON CONFLICT (one) DO UPDATE SET policy = excluded.policy WHERE p.policy <> excluded.policy`

	sqlPolicy = `
SELECT policy FROM run_policy`
)

// KeepPolicy stores the policy, as JSON, that the workers decide with.
func (s *Store) KeepPolicy(ctx context.Context, policy []byte) error {
	if _, err := s.pool.Exec(ctx, sqlKeepPolicy, policy); err != nil {
		return fmt.Errorf("store: keep the policy: %w", err)
	}
	return nil
}

// Policy is what KeepPolicy stored last; nil before the first worker.
func (s *Store) Policy(ctx context.Context) ([]byte, error) {
	rows, err := s.pool.Query(ctx, sqlPolicy)
	if err != nil {
		return nil, fmt.Errorf("store: policy: %w", err)
	}
	found, err := collect(rows, 1, func(v [][]byte) []byte { return rawBytes(v[0]) })
	if err != nil {
		return nil, fmt.Errorf("store: policy: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return found[0], nil
}

const sqlParkedCommand = `
SELECT reason, detail
FROM parked WHERE shard = ANY($1::integer[]) AND stream = $2::text AND command_id = $3::text AND state = '` +
	StateParked + `'
LIMIT 1`

// ParkedCommand returns why a command is parked; false where it is not.
func (s *Store) ParkedCommand(
	ctx context.Context,
	stream, commandID string,
) (reason, detail string, parked bool, err error) {
	why := func(v [][]byte) [2]string { return [2]string{string(v[0]), string(v[1])} }
	found, err := ofStream(ctx, s, stream, why, sqlParkedCommand, stream, commandID)
	if err != nil {
		return "", "", false, fmt.Errorf("store: parked command of %s: %w", stream, err)
	}
	if len(found) == 0 {
		return "", "", false, nil
	}
	return found[0][0], found[0][1], true, nil
}
