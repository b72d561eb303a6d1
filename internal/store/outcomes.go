package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// OutcomesReader is the name of the reader that publishes them; its positions are sequences of outcomes.
const OutcomesReader = "outcomes"

// outcomesPageMax bounds the outcomes read in one round trip.
const outcomesPageMax = 10_000

const sqlOutcomesAfter = `
SELECT shard, seq, command, stream, command_id, content, final, at, answer, chain
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
SELECT shard, seq, command, stream, command_id, content, final, at, answer, chain
FROM outcomes WHERE shard = ANY($1::integer[]) AND command = $2::uuid AND final`

// Outcome is the final answer to a command; false when there is none yet.
func (s *Store) Outcome(ctx context.Context, stream, commandID string) (Outcome, bool, error) {
	found, err := ofStream(ctx, s, stream, rawOutcome, sqlOutcome, [16]byte(CommandKey(stream, commandID)))
	if err != nil {
		return Outcome{}, false, fmt.Errorf("store: outcome for %s: %w", stream, err)
	}
	if len(found) == 0 {
		return Outcome{}, false, nil
	}
	return found[0], true, nil
}

// sqlForgetOutcomes lets go of the oldest outcomes up to the first that must stay, by age or because it is not
// published yet, and moves the beginning of those without a hole behind them. Among those that it passes, the ones of
// commands that are still parked stay: the same command may come again, and be taken for a new one, for as long as it
// has no answer. Rows before the beginning are those few, so looking at them again costs nothing.
//
// What is old has to be old by two clocks, the database's and the caller's: one of them that is ahead would delete what
// a repetition still asks for, and nothing brings it back when that clock is put right.
const sqlForgetOutcomes = `
WITH bounds AS (
    SELECT s.outcomes_from, LEAST(s.outcomes_from + $4::bigint, s.outcomes_head + 1, COALESCE(
               (SELECT r.position FROM subscriptions AS r WHERE r.name = '` + OutcomesReader +
	`' AND r.shard = s.shard), 0) + 1) AS until
    FROM shards AS s WHERE s.shard = $1::integer AND s.epoch = $2::bigint
), next AS (
    SELECT b.outcomes_from, GREATEST(b.outcomes_from, COALESCE(
               (SELECT min(o.seq) FROM outcomes AS o
                WHERE o.shard = $1::integer AND o.seq >= b.outcomes_from AND o.seq < b.until
                    AND o.recorded >= LEAST(now(), $5::timestamptz) - $3::bigint * INTERVAL '1 microsecond'),
               b.until)) AS until
    FROM bounds AS b
), gone AS (
    DELETE FROM outcomes AS o USING next AS n
    WHERE o.shard = $1::integer AND o.seq < n.until
      AND NOT EXISTS (SELECT 1 FROM parked AS p
                      WHERE p.shard = $1::integer AND p.stream = o.stream AND p.command_id = o.command_id AND p.state = '` + StateParked + `')
), moved AS (
    UPDATE shards AS s SET outcomes_from = n.until FROM next AS n
    WHERE s.shard = $1::integer AND s.epoch = $2::bigint AND n.until > n.outcomes_from
)
SELECT until - outcomes_from FROM next`

// ForgetOutcomes deletes outcomes of the claim's shard that were recorded before an instant of real time, at most limit
// of them, and returns how many it went through. ErrFenced when the shard has another owner.
func (s *Store) ForgetOutcomes(ctx context.Context, c *Claim, age time.Duration, limit int) (int, error) {
	var n int64
	err := s.pool.QueryRow(ctx, sqlForgetOutcomes, int32(c.Shard), c.Epoch, age.Microseconds(), int64(limit),
		time.Now()).Scan(&n)
	if errors.Is(err, pgx.ErrNoRows) {
		err = ErrFenced
	}
	if err != nil {
		return 0, fmt.Errorf("store: forget outcomes of shard %d: %w", c.Shard, classify(err))
	}
	return int(n), nil
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
