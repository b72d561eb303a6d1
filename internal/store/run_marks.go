package store

import (
	"context"
	"fmt"
	"time"
)

// RunMark is one step of a run: which, and when.
type RunMark struct {
	Stream, Type string
	At           time.Time
}

// runMarksMax is more than the steps of all nights of four years.
const runMarksMax = 20_000

// What a step holds is not read: a plan names fifty employees, and three years have a thousand plans. By a range in
// each shard, since a thousand names looked up in each cost ten times as much.
const sqlRunMarks = `
SELECT stream, type, at FROM events
WHERE shard = ANY($1::integer[]) AND stream >= $2::text AND stream < $3::text
ORDER BY stream, version LIMIT $4::bigint`

// RunMarks reads the steps of the runs whose streams are from one on and less than another, in their order.
func (s *Store) RunMarks(ctx context.Context, from, before string) ([]RunMark, error) {
	shards, err := s.shardsLike(ctx, from)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, sqlRunMarks, shards, from, before, int64(runMarksMax))
	if err != nil {
		return nil, fmt.Errorf("store: steps of runs from %s: %w", from, err)
	}
	found, err := collect(rows, 0, func(v [][]byte) RunMark {
		return RunMark{Stream: string(v[0]), Type: string(v[1]), At: rawTime(v[2])}
	})
	if err != nil {
		return nil, fmt.Errorf("store: steps of runs from %s: %w", from, err)
	}
	return found, nil
}
