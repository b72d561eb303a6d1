package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Lease is a reader's right to move its checkpoint in a shard.
type Lease struct {
	Name     string
	Shard    ShardID
	Epoch    int64
	Position int64 // up to where the reader has read, inclusive
}

const (
	// ON CONFLICT alone would wait for whoever is writing the row this moment. A shard that is new to a reader is of the
	// version of its others.
	sqlLeaseInsert = `
INSERT INTO subscriptions (name, shard, version)
SELECT $1::text, u.shard, COALESCE((SELECT max(o.version) FROM subscriptions AS o WHERE o.name = $1::text), $3::integer)
FROM unnest($2::integer[]) AS u(shard)
WHERE NOT EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.name = $1::text AND s.shard = u.shard)
ON CONFLICT (name, shard) DO NOTHING`

	// One's own leases are waited for: the reader may be moving their checkpoint this moment.
	sqlLeaseRenew = `
UPDATE subscriptions SET lease_until = now() + $4::bigint * INTERVAL '1 millisecond', renewed_at = now()
WHERE name = $1::text AND shard = ANY($2::integer[]) AND owner = $3::text AND version <= $5::integer
RETURNING shard, epoch, position`

	// Others' leases are taken once they are over. A row that is being written is left for the next attempt. The version
	// is in the row itself, so that it is compared again with whatever the row holds once it is locked.
	sqlLeaseTake = `
UPDATE subscriptions AS s
SET owner = $3::text, epoch = s.epoch + 1, lease_until = now() + $4::bigint * INTERVAL '1 millisecond',
    renewed_at = now()
FROM (SELECT name, shard FROM subscriptions
      WHERE name = $1::text AND shard = ANY($2::integer[]) AND owner <> $3::text AND lease_until < now()
          AND version <= $5::integer
      ORDER BY shard FOR UPDATE SKIP LOCKED) AS free
WHERE s.name = free.name AND s.shard = free.shard
RETURNING s.shard, s.epoch, s.position`

	// A reader that was stopped in the middle of sending its transaction holds the row indefinitely, see Claim. One lock
	// timeout after its lease is over its session is ended.
	sqlLeaseEvict = `
SELECT pg_terminate_backend(a.pid)
FROM subscriptions AS s JOIN pg_stat_activity AS a ON a.backend_xid = s.xmax
WHERE s.name = $1::text AND s.shard = ANY($2::integer[]) AND s.owner <> $3::text
  AND s.lease_until < now() - current_setting('lock_timeout')::interval
  AND a.datname = current_database() AND a.pid <> pg_backend_pid()`
)

// versionFirst is the version of a reader that never changed what it writes.
const versionFirst = 1

// Lease is LeaseAs for readers that have one version only.
func (s *Store) Lease(
	ctx context.Context,
	name string,
	shards []ShardID,
	owner string,
	ttl time.Duration,
) ([]Lease, error) {
	return s.LeaseAs(ctx, name, versionFirst, shards, owner, ttl)
}

// LeaseAs takes for a reader the shards that are free or whose lease is over, renews its own, and returns all that it
// holds now, by shard, with their checkpoints. The database's clock decides. owner must be new for each start of a
// process: a former life of the same process is another owner. A lease that is missing from the answer is another's, or
// of a version above the reader's: what a newer build writes, an older one does not touch.
func (s *Store) LeaseAs(
	ctx context.Context,
	name string,
	version int32,
	shards []ShardID,
	owner string,
	ttl time.Duration,
) ([]Lease, error) {
	ids := make([]int32, len(shards))
	for i, id := range shards {
		ids[i] = int32(id)
	}
	var leases []Lease
	keep := func(rows pgx.Rows) error {
		for rows.Next() {
			v := rows.RawValues()
			leases = append(
				leases,
				Lease{Name: name, Shard: ShardID(rawInt32(v[0])), Epoch: rawInt64(v[1]), Position: rawInt64(v[2])},
			)
		}
		return rows.Err()
	}
	b := &pgx.Batch{}
	b.Queue(sqlLeaseInsert, name, ids, version)
	b.Queue(sqlLeaseEvict, name, ids, owner)
	b.Queue(sqlLeaseRenew, name, ids, owner, ttl.Milliseconds(), version).Query(keep)
	b.Queue(sqlLeaseTake, name, ids, owner, ttl.Milliseconds(), version).Query(keep)
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("store: lease %s: %w", name, classify(err))
	}
	slices.SortFunc(leases, func(a, b Lease) int { return int(a.Shard - b.Shard) })
	return leases, nil
}

const sqlRelease = `
UPDATE subscriptions SET owner = '', lease_until = '1970-01-01Z', epoch = epoch + 1
WHERE name = $1::text AND shard = $2::integer AND epoch = $3::bigint`

// Release gives leases back, so that others need not wait for their end. A lease that is lost already is left alone.
func (s *Store) Release(ctx context.Context, leases ...Lease) error {
	b := &pgx.Batch{}
	for _, l := range leases {
		b.Queue(sqlRelease, l.Name, int32(l.Shard), l.Epoch)
	}
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("store: release %d leases: %w", len(leases), err)
	}
	return nil
}

// sqlAdvance moves a checkpoint. It raises by itself when the lease is lost, see sqlFence.
const sqlAdvance = `
WITH moved AS (
    UPDATE subscriptions SET position = $5::bigint, moved_at = now()
    WHERE name = $1::text AND shard = $2::integer AND epoch = $3::bigint AND position = $4::bigint
        AND position <= $5::bigint
    RETURNING 1
)
SELECT CASE WHEN EXISTS (SELECT 1 FROM moved) THEN 0
       ELSE tenure_refuse('` + stateLeaseLost + `', 'the lease has another owner') END`

// Advance queues the move of the checkpoint to a position. Queue it first, before the reader's own rows, and send the
// batch with InTx: when the lease is lost the whole transaction is refused. The lease itself is not changed: set its
// Position once InTx has returned without an error.
func (l Lease) Advance(b *pgx.Batch, position int64) {
	b.Queue(sqlAdvance, l.Name, int32(l.Shard), l.Epoch, l.Position, position)
}

// AdvanceNow moves a checkpoint in a separate transaction and sets the lease's position.
func (s *Store) AdvanceNow(ctx context.Context, l *Lease, position int64) error {
	b := &pgx.Batch{}
	l.Advance(b, position)
	if err := s.InTx(ctx, b); err != nil {
		return err
	}
	l.Position = position
	return nil
}

// InTx sends a batch as one transaction in one round trip. Errors are those of Write, and ErrLeaseLost. After
// ErrInDoubt, lease again and look at the position.
func (s *Store) InTx(ctx context.Context, b *pgx.Batch) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("store: transaction: %w", err)
	}
	defer conn.Release()
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("store: transaction of %d statements: %w", b.Len(), classifySent(err))
	}
	return nil
}
