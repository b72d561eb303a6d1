package store

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// sqlInsertSubjects adds streams that have no row, as the read before the decision found. A row that is there all the
// same breaks subjects_stream: the state was not read before it was decided on.
const sqlInsertSubjects = `
INSERT INTO subjects (shard, stream, version, next_due, bill_due, parked, state, coverage)` + sqlSubjectRows

const sqlSubjectRows = `
SELECT $1::integer, u.stream, u.version, NULLIF(u.next_due, TIMESTAMPTZ '0001-01-01 00:00:00Z'),
       DATE '0001-12-31 BC' + NULLIF(u.bill_due, 0), u.parked, u.state, u.added::int8multirange
FROM unnest($2::text[], $3::integer[], $4::timestamptz[], $5::integer[], $6::boolean[], $7::bytea[], $8::text[])
  AS u(stream, version, next_due, bill_due, parked, state, added)`

// sqlBeginSubjects is for streams that were parked before their first event, which have a row of version 0. Any other
// row in its place means that the state was not read before it was decided on.
const sqlBeginSubjects = `
WITH written AS (
    INSERT INTO subjects AS s (shard, stream, version, next_due, bill_due, parked, state, coverage)` +
	sqlSubjectRows + `
    ON CONFLICT (shard, stream) DO UPDATE
    SET version = excluded.version, next_due = excluded.next_due, bill_due = excluded.bill_due,
        parked = excluded.parked, state = excluded.state, coverage = excluded.coverage
    WHERE s.version = 0
    RETURNING 1
)
SELECT CASE WHEN (SELECT count(*) FROM written) = $9::bigint THEN 0
       ELSE tenure_refuse('` + stateStaleSubject + `', 'a stream exists already') END`

// sqlUpdateSubjects moves streams from the version that was read to the new one. They are looked up one by one, as by
// sqlReadSubjects: of a LIMIT that it does not know the planner guesses one row.
const sqlUpdateSubjects = `
WITH written AS (
    UPDATE subjects AS s
    SET version = u.version, next_due = NULLIF(u.next_due, TIMESTAMPTZ '0001-01-01 00:00:00Z'),
        bill_due = DATE '0001-12-31 BC' + NULLIF(u.bill_due, 0), parked = u.parked, state = u.state
    FROM (SELECT * FROM unnest($2::text[], $3::integer[], $4::integer[], $5::timestamptz[], $6::integer[], $7::boolean[],
                               $8::bytea[]) LIMIT $9::bigint)
      AS u(stream, was, version, next_due, bill_due, parked, state)
    WHERE s.stream = u.stream AND s.version = u.was AND s.shard = $1::integer
    RETURNING 1
)
SELECT CASE WHEN (SELECT count(*) FROM written) = $9::bigint THEN 0
       ELSE tenure_refuse('` + stateStaleSubject + `', 'a stream is not at the version it was read at') END`

// sqlUpdateCovered is sqlUpdateSubjects for streams whose covered days change. This is where a day billed twice is
// refused (rule 23): a removal of what is not covered, or an addition of what is, gives NULL, and the constraint
// subjects_no_day_twice does not take it. The row is locked by the update and its newest version compared, so
// concurrent transactions are refused as well.
//
// Why like this, measured with 1 000 lines a transaction (BenchmarkGuard; CPU time of the server, a line): this guard
// 1.6 µs, of about 20 µs that the line's event, state and outcome cost anyway; a table of covered ranges with a unique
// index 2.8 µs, which refuses a second line from the same day and lets an overlap pass; that table with a GiST
// exclusion constraint 50 µs, and it keeps every period of every year, where a multirange merges neighbours into one.
// OFFSET 0 has each text parsed once a row instead of once an expression.
const sqlUpdateCovered = `
WITH written AS (
    UPDATE subjects AS s
    SET version = u.version, next_due = NULLIF(u.next_due, TIMESTAMPTZ '0001-01-01 00:00:00Z'),
        bill_due = DATE '0001-12-31 BC' + NULLIF(u.bill_due, 0), parked = u.parked, state = u.state,
        coverage = CASE WHEN s.coverage @> days.removed AND NOT (s.coverage - days.removed) && days.added
                        THEN s.coverage - days.removed + days.added END
    FROM (SELECT * FROM unnest($2::text[], $3::integer[], $4::integer[], $5::timestamptz[], $6::integer[], $7::boolean[],
                               $8::bytea[], $10::text[], $11::text[]) LIMIT $9::bigint)
      AS u(stream, was, version, next_due, bill_due, parked, state, removed, added),
         LATERAL (SELECT u.removed::int8multirange AS removed, u.added::int8multirange AS added OFFSET 0) AS days
    WHERE s.stream = u.stream AND s.version = u.was AND s.shard = $1::integer
    RETURNING 1
)
SELECT CASE WHEN (SELECT count(*) FROM written) = $9::bigint THEN 0
       ELSE tenure_refuse('` + stateStaleSubject + `', 'a stream is not at the version it was read at') END`

// subjectRows are the columns of some subjects.
type subjectRows struct {
	stream         []string
	was, version   []int32
	nextDue        []time.Time
	billDue        []int32
	parked         []bool
	state          blobs
	removed, added []string
}

// add appends a subject; was is the version that the database has.
func (r *subjectRows) add(s *Subject, was int32, removed, added string) {
	r.stream = append(r.stream, s.Stream)
	r.was = append(r.was, was)
	r.version = append(r.version, s.Version)
	r.nextDue = append(r.nextDue, s.NextDue)
	r.billDue = append(r.billDue, int32(s.BillDue))
	r.parked = append(r.parked, s.Parked)
	r.state = append(r.state, present(s.State))
	r.removed = append(r.removed, removed)
	r.added = append(r.added, added)
}

// sorted are the subjects of a write by what is done with them: most writes change no coverage, and the multirange
// arithmetic would cost them a third of their time for nothing.
type sorted struct {
	fresh   subjectRows // they have no row
	begun   subjectRows // they have one without an event
	moved   subjectRows // no covered days change
	covered subjectRows // all others
}

// queueSubjects queues a statement for each sort.
func queueSubjects(b *pgx.Batch, shard ShardID, w *Write) error {
	rows, err := sortSubjects(w)
	if err != nil {
		return err
	}
	fresh, begun, moved, covered := &rows.fresh, &rows.begun, &rows.moved, &rows.covered
	if len(fresh.stream) > 0 {
		b.Queue(sqlInsertSubjects, int32(shard), fresh.stream, fresh.version, fresh.nextDue, fresh.billDue, fresh.parked,
			fresh.state, fresh.added)
	}
	if n := len(begun.stream); n > 0 {
		b.Queue(sqlBeginSubjects, int32(shard), begun.stream, begun.version, begun.nextDue, begun.billDue, begun.parked,
			begun.state, begun.added, int64(n))
	}
	if n := len(moved.stream); n > 0 {
		b.Queue(sqlUpdateSubjects, int32(shard), moved.stream, moved.was, moved.version, moved.nextDue, moved.billDue,
			moved.parked, moved.state, int64(n))
	}
	if n := len(covered.stream); n > 0 {
		b.Queue(
			sqlUpdateCovered,
			int32(shard),
			covered.stream,
			covered.was,
			covered.version,
			covered.nextDue,
			covered.billDue,
			covered.parked,
			covered.state,
			int64(n),
			covered.removed,
			covered.added,
		)
	}
	return nil
}

// eventsByStream counts what is written to each stream.
func (w *Write) eventsByStream() map[string]int32 {
	events := make(map[string]int32, len(w.Subjects))
	for i := range w.Events {
		events[w.Events[i].Stream]++
	}
	return events
}

// sortSubjects finds each subject's version before the write, which is its new one less the events written to it.
func sortSubjects(w *Write) (rows sorted, err error) {
	events := w.eventsByStream()
	seen := make(map[string]bool, len(w.Subjects))
	for i := range w.Subjects {
		s := &w.Subjects[i]
		if seen[s.Stream] {
			return rows, fmt.Errorf("subject %s twice in one write", s.Stream)
		}
		seen[s.Stream] = true
		removed, added, err := s.coverage()
		if err != nil {
			return rows, err
		}
		was := s.Version - events[s.Stream]
		if was == 0 && removed != "{}" {
			return rows, &ConflictError{Constraint: ConstraintNoDayTwice,
				cause: fmt.Errorf("new subject %s removes days", s.Stream)}
		}
		rows.of(s, was, removed != "{}" || added != "{}").add(s, was, removed, added)
	}
	return rows, nil
}

// of is where a subject belongs whose version was; changed: its covered days are others.
func (r *sorted) of(s *Subject, was int32, changed bool) *subjectRows {
	switch {
	case was == 0 && s.Stored:
		return &r.begun
	case was == 0:
		return &r.fresh
	case changed:
		return &r.covered
	}
	return &r.moved
}

// coverage writes what the subject's covered days lose and gain.
func (s *Subject) coverage() (removed, added string, err error) {
	if removed, err = multirange(s.Removed); err != nil {
		return "", "", fmt.Errorf("subject %s: %w", s.Stream, err)
	}
	if added, err = multirange(s.Added); err != nil {
		return "", "", fmt.Errorf("subject %s: %w", s.Stream, err)
	}
	return removed, added, nil
}
