package store

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// What an accounting integration says of the lines of a run is compared with what the run has.

const sqlBookedTotal = `
SELECT coalesce(sum(lines), 0)::bigint, coalesce(bit_xor(hash), B'0'::bit(128))::text
FROM run_totals WHERE run = $1::text AND document_ref COLLATE "C" = $2::text`

// BookedTotal is how many lines a run has of a document, and the XOR of their ids.
func (s *Store) BookedTotal(ctx context.Context, run, ref string) (lines int64, hash uuid.UUID, err error) {
	var digits string
	if err := s.pool.QueryRow(ctx, sqlBookedTotal, run, ref).Scan(&lines, &digits); err != nil {
		return 0, uuid.Nil, fmt.Errorf("store: lines of %s in %s: %w", ref, run, err)
	}
	return lines, bits([]byte(digits)), nil
}

const sqlLineIDs = `
SELECT i.id FROM shards AS s JOIN lines AS l ON l.shard = s.shard, unnest(l.ids) AS i(id)
WHERE l.document_ref = $1::text AND l.run = $2::text
ORDER BY i.id LIMIT $3::bigint`

// LineIDs are the ids of the lines that a run has of a document, as far as the read model of lines has them, at most
// limit.
func (s *Store) LineIDs(ctx context.Context, run, ref string, limit int64) ([]uuid.UUID, error) {
	rows, err := s.pool.Query(ctx, sqlLineIDs, ref, run, limit)
	if err != nil {
		return nil, fmt.Errorf("store: ids of the lines of %s in %s: %w", ref, run, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) (id uuid.UUID) {
		copy(id[:], v[0])
		return id
	})
	if err != nil {
		return nil, fmt.Errorf("store: ids of the lines of %s in %s: %w", ref, run, err)
	}
	return found, nil
}

const sqlBookedSpans = `
SELECT DISTINCT r.shard, r.first_pos, r.last_pos
FROM shards AS s
JOIN run_totals AS t ON t.shard = s.shard
JOIN run_shards AS r ON r.shard = t.shard AND r.run = t.run
WHERE t.run = $1::text AND t.document_ref COLLATE "C" = $2::text
ORDER BY r.shard`

// BookedSpans are where in the log the lines are that a run has of a document.
func (s *Store) BookedSpans(ctx context.Context, run, ref string) ([]Span, error) {
	rows, err := s.pool.Query(ctx, sqlBookedSpans, run, ref)
	if err != nil {
		return nil, fmt.Errorf("store: shards of %s in %s: %w", ref, run, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) Span {
		return Span{Shard: ShardID(rawInt32(v[0])), First: rawInt64(v[1]), Last: rawInt64(v[2])}
	})
	if err != nil {
		return nil, fmt.Errorf("store: shards of %s in %s: %w", ref, run, err)
	}
	return found, nil
}

// The reference stands in the payload as it is: it has no sign that JSON writes otherwise.
const sqlInvoicedOf = `
SELECT i.payload FROM invoiced AS i
WHERE i.shard = $1::integer AND i.position BETWEEN $2::bigint AND $3::bigint AND i.run = $4::text
    AND position(convert_to('"' || $5::text || '"', 'UTF8') IN i.payload) > 0
ORDER BY i.position`

// InvoicedOf are the payloads of the employee.invoiced.v1 of a run in a part of the log in which a document is named.
func (s *Store) InvoicedOf(ctx context.Context, run, ref string, in Span) ([][]byte, error) {
	rows, err := s.pool.Query(ctx, sqlInvoicedOf, int32(in.Shard), in.First, in.Last, run, ref)
	if err != nil {
		return nil, fmt.Errorf("store: lines of %s in shard %d: %w", ref, in.Shard, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) []byte { return rawBytes(v[0]) })
	if err != nil {
		return nil, fmt.Errorf("store: lines of %s in shard %d: %w", ref, in.Shard, err)
	}
	return found, nil
}
