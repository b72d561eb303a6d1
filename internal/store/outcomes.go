package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// outcomesPageMax bounds the outcomes read in one round trip.
const outcomesPageMax = 10_000

const sqlOutcomesAfter = `
SELECT shard, seq, command, stream, command_id, content, final, at, answer
FROM outcomes WHERE shard = $1::integer AND seq > $2::bigint
ORDER BY seq LIMIT $3::bigint`

// OutcomesAfter reads the outcomes of a shard after a sequence, in order, at most limit or 10 000.
func (s *Store) OutcomesAfter(ctx context.Context, shard ShardID, seq int64, limit int) ([]Outcome, error) {
	limit = min(limit, outcomesPageMax)
	rows, err := s.pool.Query(ctx, sqlOutcomesAfter, int32(shard), seq, int64(limit))
	if err != nil {
		return nil, fmt.Errorf("store: outcomes of shard %d after %d: %w", shard, seq, err)
	}
	outcomes, err := collect(rows, limit, rawOutcome)
	if err != nil {
		return nil, fmt.Errorf("store: outcomes of shard %d after %d: %w", shard, seq, err)
	}
	return outcomes, nil
}

const sqlOutcome = `
SELECT shard, seq, command, stream, command_id, content, final, at, answer
FROM outcomes WHERE command = $1::uuid AND final`

// Outcome is the final answer to a command; false when there is none yet.
func (s *Store) Outcome(ctx context.Context, stream, commandID string) (Outcome, bool, error) {
	rows, err := s.pool.Query(ctx, sqlOutcome, [16]byte(CommandKey(stream, commandID)))
	if err != nil {
		return Outcome{}, false, fmt.Errorf("store: outcome for %s: %w", stream, err)
	}
	found, err := collect(rows, 1, rawOutcome)
	if err != nil {
		return Outcome{}, false, fmt.Errorf("store: outcome for %s: %w", stream, err)
	}
	if len(found) == 0 {
		return Outcome{}, false, nil
	}
	return found[0], true, nil
}

// collect reads all rows from their raw bytes and closes them.
func collect[T any](rows pgx.Rows, expected int, raw func([][]byte) T) ([]T, error) {
	defer rows.Close()
	out := make([]T, 0, expected)
	for rows.Next() {
		out = append(out, raw(rows.RawValues()))
	}
	return out, rows.Err()
}
