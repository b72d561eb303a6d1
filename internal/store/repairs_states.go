package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// sqlRewriteSubjects puts states in the place of what is stored, whatever that is: a row that was lost, changed, or is
// behind its events. Covered days are written as a whole. Only the shard's owner may, under its fence.
const sqlRewriteSubjects = `
INSERT INTO subjects AS s (shard, stream, version, next_due, bill_due, parked, state, coverage)
SELECT $1::integer, u.stream, u.version, NULLIF(u.next_due, TIMESTAMPTZ '0001-01-01 00:00:00Z'),
       DATE '0001-12-31 BC' + NULLIF(u.bill_due, 0), u.parked, u.state, u.added::int8multirange
FROM unnest($2::text[], $3::integer[], $4::timestamptz[], $5::integer[], $6::boolean[], $7::bytea[], $8::text[])
  AS u(stream, version, next_due, bill_due, parked, state, added)
ON CONFLICT (shard, stream) DO UPDATE
SET version = excluded.version, next_due = excluded.next_due, bill_due = excluded.bill_due,
    parked = excluded.parked, state = excluded.state, coverage = excluded.coverage`

func queueRewritten(b *pgx.Batch, shard ShardID, subjects []Subject) error {
	var rows subjectRows
	for i := range subjects {
		removed, added, err := subjects[i].coverage()
		if err == nil && removed != "{}" {
			err = errors.New("a rewritten state takes back days that it does not cover")
		}
		if err != nil {
			return err
		}
		rows.add(&subjects[i], 0, removed, added)
	}
	b.Queue(
		sqlRewriteSubjects,
		int32(shard),
		rows.stream,
		rows.version,
		rows.nextDue,
		rows.billDue,
		rows.parked,
		rows.state,
		rows.added,
	)
	return nil
}

const sqlCoverageDiffers = `
SELECT coverage IS DISTINCT FROM $3::text::int8multirange FROM subjects
WHERE shard = $1::integer AND stream = $2::text`

// CoverageDiffers reports whether other days of a stream are covered than the given ones.
func (s *Store) CoverageDiffers(ctx context.Context, at StreamPlace, covered []Range) (bool, error) {
	days, err := multirange(covered)
	if err != nil {
		return false, err
	}
	var differs bool
	if err := s.pool.QueryRow(ctx, sqlCoverageDiffers, int32(at.Shard), at.Stream, days).Scan(&differs); err != nil {
		return false, fmt.Errorf("store: coverage of %s: %w", at.Stream, err)
	}
	return differs, nil
}

const (
	sqlStreamsAfter = `
SELECT shard, stream FROM subjects WHERE (shard, stream) > ($1::integer, $2::text COLLATE "C")
ORDER BY shard, stream LIMIT $3::bigint`
	// The order is another one for each word, and each stream has the same chance.
	sqlStreamsSample = `SELECT shard, stream FROM subjects ORDER BY md5(stream || $1::text) LIMIT $2::bigint`
)

// StreamsAfter lists streams by shard and name behind one, at most limit. The zero place is the beginning.
func (s *Store) StreamsAfter(ctx context.Context, after StreamPlace, limit int) ([]StreamPlace, error) {
	return s.streams(ctx, sqlStreamsAfter, int32(after.Shard), after.Stream, int64(limit))
}

// StreamsSample picks streams by a word: another word, other ones. It reads the names of all.
func (s *Store) StreamsSample(ctx context.Context, word string, limit int) ([]StreamPlace, error) {
	return s.streams(ctx, sqlStreamsSample, word, int64(limit))
}

func (s *Store) streams(ctx context.Context, sql string, args ...any) ([]StreamPlace, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err == nil {
		var found []StreamPlace
		found, err = collect(rows, 0, func(v [][]byte) StreamPlace {
			return StreamPlace{Shard: ShardID(rawInt32(v[0])), Stream: string(v[1])}
		})
		if err == nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("store: streams: %w", err)
}
