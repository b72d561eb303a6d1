package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ReadersOf names readers of the log, and those of them that read outcomes instead of events.
type ReadersOf struct {
	Names    []string
	Outcomes string
	Shards   []int32 // of the log; none: all
}

const sqlReadersTaken = `
SELECT COALESCE(sum(COALESCE(r.position, 0)), 0)::bigint,
       COALESCE(sum(CASE WHEN n.name = $2::text THEN s.outcomes_head ELSE s.head END - COALESCE(r.position, 0)), 0)::bigint
FROM shards AS s CROSS JOIN unnest($1::text[]) AS n(name)
LEFT JOIN subscriptions AS r ON r.name = n.name AND r.shard = s.shard
WHERE cardinality($3::integer[]) = 0 OR s.shard = ANY($3::integer[])`

// Taken returns how many events and outcomes readers have taken, and how many they lack, added up: one small query,
// which a caller who waits for all of them may repeat.
func (s *Store) Taken(ctx context.Context, of ReadersOf) (taken, behind int64, err error) {
	shards := of.Shards
	if shards == nil {
		shards = []int32{}
	}
	err = s.pool.QueryRow(ctx, sqlReadersTaken, of.Names, of.Outcomes, shards).Scan(&taken, &behind)
	if err != nil {
		return 0, 0, fmt.Errorf("store: what readers have taken: %w", err)
	}
	return taken, behind, nil
}

const (
	sqlReaderHeld = `
SELECT EXISTS (SELECT 1 FROM leases WHERE name = $1::text AND lease_until > now())`

	// sqlReaderForget removes the checkpoints of a reader: it would begin at the beginning of the log.
	sqlReaderForget = `
WITH gone AS (DELETE FROM leases WHERE name = $1::text)
DELETE FROM subscriptions WHERE name = $1::text`
)

// ForgetReaders removes the checkpoints and leases of readers, unless a process holds a lease as the first of them;
// false then.
func (s *Store) ForgetReaders(ctx context.Context, names ...string) (gone bool, err error) {
	var held bool
	if err := s.pool.QueryRow(ctx, sqlReaderHeld, names[0]).Scan(&held); err != nil {
		return false, fmt.Errorf("store: forget readers: %w", classify(err))
	}
	if held {
		return false, nil
	}
	b := &pgx.Batch{}
	for _, name := range names {
		b.Queue(sqlReaderForget, name)
	}
	if err := s.InTx(ctx, b); err != nil {
		return false, fmt.Errorf("store: forget readers: %w", err)
	}
	return true, nil
}
