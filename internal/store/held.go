package store

import (
	"context"
	"fmt"
)

// heldCountMax is up to where the held employees of a run are counted: a page that counts more burdens the run.
const heldCountMax = 10_000

const sqlHeldCounts = `
SELECT reason, count(*)::bigint
FROM (SELECT reason FROM run_reasons WHERE run = $1::text AND reason <> 'NOT_DUE' LIMIT $2::bigint) AS held
GROUP BY reason
ORDER BY reason`

// HeldCounts counts the employees that a run did not bill for another reason than that nothing is due, by reason. All
// counts together end at 10 001: there are more then.
func (s *Store) HeldCounts(ctx context.Context, run string) (counts map[string]int64, more bool, err error) {
	rows, err := s.pool.Query(ctx, sqlHeldCounts, run, int64(heldCountMax+1))
	if err != nil {
		return nil, false, fmt.Errorf("store: held in %s: %w", run, err)
	}
	defer rows.Close()
	counts = map[string]int64{}
	sum := int64(0)
	for rows.Next() {
		v := rows.RawValues()
		counts[string(v[0])] = rawInt64(v[1])
		sum += rawInt64(v[1])
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("store: held in %s: %w", run, err)
	}
	return counts, sum > heldCountMax, nil
}

const sqlHeld = `
SELECT shard, stream, reason, detail
FROM run_reasons
WHERE run = $1::text AND reason = $2::text AND reason <> 'NOT_DUE'
  AND (shard, stream) > ($3::integer, $4::text COLLATE "C")
ORDER BY shard, stream LIMIT $5::bigint`

// Held reads the employees that a run did not bill for a reason, by shard and stream behind a place, at most limit or
// 10 000, and returns where the next page begins. Those of whom nothing was due are not among them.
func (s *Store) Held(ctx context.Context, run, reason string, after ReasonPage, limit int) (
	[]Reason, ReasonPage, error,
) {
	rows, err := s.pool.Query(ctx, sqlHeld, run, reason, int32(after.Shard), after.Stream,
		int64(min(limit, reasonsPageMax)))
	if err != nil {
		return nil, after, fmt.Errorf("store: held in %s: %w", run, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) Reason {
		after = ReasonPage{Shard: ShardID(rawInt32(v[0])), Stream: string(v[1])}
		return Reason{Stream: string(v[1]), Reason: string(v[2]), Detail: string(v[3])}
	})
	if err != nil {
		return nil, after, fmt.Errorf("store: held in %s: %w", run, err)
	}
	return found, after, nil
}
