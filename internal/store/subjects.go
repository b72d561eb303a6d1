package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/billing"
)

const (
	// duePageMax bounds the subjects read in one round trip: their states are kilobytes.
	duePageMax = 5_000
	// billDueBytesMax bounds the states of a page that a run bills. Pages are bounded by bytes and not by subjects only,
	// because an employee of 600 lines has a state a hundred times as large as one of 6, and what is decided of it weighs
	// fifty times as much again: with 500 of them a worker took 700 MiB. 500 of the ordinary ones fit.
	billDueBytesMax = 768 << 10
)

const sqlSubject = `
SELECT stream, version, next_due, bill_due, parked, state, shard
FROM subjects WHERE shard = ANY($1::integer[]) AND stream = $2::text`

// Subject is the latest state of a stream; false when there is none.
func (s *Store) Subject(ctx context.Context, stream string) (Subject, bool, error) {
	placed := func(v [][]byte) Subject {
		subject := rawSubject(v)
		subject.Shard = ShardID(rawInt32(v[6]))
		return subject
	}
	found, err := ofStream(ctx, s, stream, placed, sqlSubject, stream)
	if err != nil {
		return Subject{}, false, fmt.Errorf("store: subject %s: %w", stream, err)
	}
	if len(found) == 0 {
		return Subject{}, false, nil
	}
	return found[0], true, nil
}

const sqlSubjectsOf = `
SELECT stream, version, next_due, bill_due, parked, state
FROM subjects WHERE shard = ANY($1::integer[]) AND stream = ANY($2::text[])`

// Subjects are the latest states of streams of one family, by name; those without an event are left out.
func (s *Store) Subjects(ctx context.Context, streams []string) (map[string]Subject, error) {
	shards, err := s.shardsOf(ctx, streams...)
	if err != nil {
		return nil, err
	}
	found, err := s.subjects(ctx, len(streams), sqlSubjectsOf, shards, streams)
	if err != nil {
		return nil, fmt.Errorf("store: %d subjects: %w", len(streams), err)
	}
	known := make(map[string]Subject, len(found))
	for _, subject := range found {
		known[subject.Stream] = subject
	}
	return known, nil
}

// The streams are looked up one by one, as by sqlReadSubjects.
const sqlBegun = `
SELECT e.stream
FROM unnest($2::text[]) AS u(stream), LATERAL (
    SELECT stream FROM events WHERE shard = $1::integer AND stream = u.stream AND version = 1 OFFSET 0) AS e`

// Begun returns those of some streams that have events in a shard. One that has no state there has lost it.
func (s *Store) Begun(ctx context.Context, shard ShardID, streams []string) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, sqlBegun, int32(shard), streams)
	if err == nil {
		var names []string
		if names, err = collect(rows, 0, func(v [][]byte) string { return string(v[0]) }); err == nil {
			begun := make(map[string]bool, len(names))
			for _, name := range names {
				begun[name] = true
			}
			return begun, nil
		}
	}
	return nil, fmt.Errorf("store: streams of shard %d: %w", shard, err)
}

// The condition repeats the predicate of the index subjects_next_due.
const sqlDueNow = `
SELECT stream, version, next_due, bill_due, parked, state
FROM subjects
WHERE shard = $1::integer AND next_due <= $2::timestamptz AND NOT parked
ORDER BY next_due LIMIT $3::bigint`

// DueNow reads subjects of a shard on which time acts by an instant, the longest due first, at most limit or 5 000.
// Parked ones are left out: nothing happens to them until they are released.
func (s *Store) DueNow(ctx context.Context, shard ShardID, until time.Time, limit int) ([]Subject, error) {
	limit = min(limit, duePageMax)
	due, err := s.subjects(ctx, limit, sqlDueNow, int32(shard), until, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: due in shard %d: %w", shard, err)
	}
	return due, nil
}

const sqlFirstDue = `
SELECT d.stream, d.next_due
FROM shards AS h, LATERAL (
    SELECT s.stream, s.next_due FROM subjects AS s
    WHERE s.shard = h.shard AND s.next_due IS NOT NULL AND NOT s.parked
    ORDER BY s.next_due LIMIT 1) AS d
ORDER BY d.next_due LIMIT 1`

// FirstDue is the subject of all shards on which time acts next, and when; no time: it acts on none.
func (s *Store) FirstDue(ctx context.Context) (stream string, at time.Time, err error) {
	err = s.pool.QueryRow(ctx, sqlFirstDue).Scan(&stream, &at)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("store: first due: %w", err)
	}
	return stream, at.UTC(), nil
}

// The window sees the sizes of the states: those of the rows that are left out stay where they are.
const sqlBillDue = `
SELECT stream, version, next_due, bill_due, parked, state
FROM (SELECT s.stream, s.version, s.next_due, s.bill_due, s.parked, s.state,
             sum(octet_length(s.state)) OVER (ORDER BY s.bill_due, s.stream
                 ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - octet_length(s.state) AS bytes_before
      FROM subjects AS s
      WHERE s.shard = $1::integer AND s.bill_due <= DATE '0001-12-31 BC' + $2::integer
        AND (s.bill_due, s.stream) > (DATE '0001-12-31 BC' + $3::integer, $4::text COLLATE "C")
      ORDER BY s.bill_due, s.stream LIMIT $5::bigint) AS s
WHERE bytes_before < $6::bigint
ORDER BY bill_due, stream`

// LastBillDue reports whether a page of BillDue of a limit is the last one: neither its subjects nor its bytes are
// full.
func LastBillDue(page []Subject, limit int) bool {
	bytes := 0
	for i := range page {
		bytes += len(page[i].State)
	}
	return len(page) < limit && bytes < billDueBytesMax
}

// BillDue reads subjects of a shard for which a run of the date could bill something, in the order of (BillDue,
// Stream), after the cursor, at most limit or 5 000, and not more than fill the bytes of a page: LastBillDue reports
// whether there may be more. No date, or an empty stream, is the beginning. Parked ones are among them: the run gives
// them their reason.
func (s *Store) BillDue(
	ctx context.Context,
	shard ShardID,
	date, afterDue billing.Date,
	afterStream string,
	limit int,
) ([]Subject, error) {
	limit = min(limit, duePageMax)
	due, err := s.subjects(ctx, limit, sqlBillDue, int32(shard), int32(date), int32(afterDue), afterStream, int64(limit),
		int64(billDueBytesMax))
	if err != nil {
		return nil, fmt.Errorf("store: due for billing in shard %d: %w", shard, err)
	}
	return due, nil
}

// subjects runs a query that selects the columns of rawSubject.
func (s *Store) subjects(ctx context.Context, expected int, sql string, args ...any) ([]Subject, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, expected, rawSubject)
}
