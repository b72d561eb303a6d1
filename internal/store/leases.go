package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Lease is a reader's right to move its checkpoint in a shard, and where the checkpoint is.
type Lease struct {
	Name     string
	Shard    ShardID
	Epoch    int64
	Position int64  // up to where the reader has read, inclusive
	Chain    []byte // hash of what it has read, see Place
	// Outcomes says that positions are sequences of outcomes instead of events.
	Outcomes bool
	// Grant tells the times apart at which a process came to hold it: the epoch of a database that has lost its last
	// commits may be one that it had before. The store leaves it alone.
	Grant int64
}

// Place is where the checkpoint is.
func (l *Lease) Place() Place { return Place{Position: l.Position, Chain: l.Chain} }

// The lease is one row and the checkpoint another: while a page is written its checkpoint is locked, and the lease is
// renewed.
const (
	// ON CONFLICT alone would wait for whoever is writing the row this moment. A shard that is new to a reader is of the
	// version of its others.
	sqlCheckpointInsert = `
INSERT INTO subscriptions (name, shard, version)
SELECT $1::text, u.shard, COALESCE((SELECT max(o.version) FROM subscriptions AS o WHERE o.name = $1::text), $3::integer)
FROM unnest($2::integer[]) AS u(shard)
WHERE u.shard NOT IN (SELECT s.shard FROM subscriptions AS s WHERE s.name = $1::text AND s.shard = ANY($2::integer[]))
ON CONFLICT (name, shard) DO NOTHING`

	sqlLeaseInsert = `
INSERT INTO leases (name, shard)
SELECT $1::text, u.shard FROM unnest($2::integer[]) AS u(shard)
WHERE u.shard NOT IN (SELECT l.shard FROM leases AS l WHERE l.name = $1::text AND l.shard = ANY($2::integer[]))
ON CONFLICT (name, shard) DO NOTHING`

	sqlLeaseRenew = `
UPDATE leases AS l SET lease_until = now() + $4::bigint * INTERVAL '1 millisecond', renewed_at = now()
FROM subscriptions AS s
WHERE l.name = $1::text AND l.shard = ANY($2::integer[]) AND l.owner = $3::text
  AND s.name = l.name AND s.shard = l.shard AND s.version <= $5::integer
RETURNING l.shard, s.epoch, s.position, s.chain`

	sqlLeasesFree = `
SELECT l.shard FROM leases AS l JOIN subscriptions AS s ON s.name = l.name AND s.shard = l.shard
WHERE l.name = $1::text AND l.shard = ANY($2::integer[]) AND l.owner <> $3::text AND l.lease_until < now()
  AND s.version <= $4::integer
ORDER BY l.shard`

	// Others' leases are taken once they are over, shard by shard. A row that is being written is left for the next
	// attempt: the transaction of a page that its reader still writes holds the checkpoint. The version is in the row
	// itself, so that it is compared again with whatever the row holds once it is locked.
	sqlLeaseTake = `
WITH free AS (
    SELECT l.name, l.shard FROM leases AS l JOIN subscriptions AS s ON s.name = l.name AND s.shard = l.shard
    WHERE l.name = $1::text AND l.shard = $2::integer AND l.owner <> $3::text AND l.lease_until < now()
      AND s.shard = $2::integer AND s.version <= $5::integer
    FOR UPDATE OF l, s SKIP LOCKED
), taken AS (
    UPDATE leases AS l
    SET owner = $3::text, lease_until = now() + $4::bigint * INTERVAL '1 millisecond', renewed_at = now()
    FROM free AS f WHERE l.name = f.name AND l.shard = f.shard AND l.shard = $2::integer
    RETURNING l.name, l.shard
)
UPDATE subscriptions AS s SET epoch = s.epoch + 1
FROM taken AS t WHERE s.name = t.name AND s.shard = t.shard AND s.shard = $2::integer
RETURNING s.shard, s.epoch, s.position, s.chain`
)

// versionFirst is the version of a reader that never changed what it writes.
const versionFirst = 1

// Lease is LeaseAs for readers that have one version only.
func (s *Store) Lease(
	ctx context.Context, name string, shards []ShardID, owner string, ttl time.Duration,
) ([]Lease, error) {
	return s.LeaseAs(ctx, name, versionFirst, shards, owner, ttl)
}

// LeaseAs takes for a reader the shards that are free or whose lease is over, renews its own, and returns all that it
// holds now, by shard, with their checkpoints. The database's clock decides. owner must be new for each start of a
// process. A lease that is missing from the answer is another's, or of a version above the reader's: what a newer build
// writes, an older one does not touch.
func (s *Store) LeaseAs(
	ctx context.Context, name string, version int32, shards []ShardID, owner string, ttl time.Duration,
) (leases []Lease, err error) {
	for range deadlockTriesMax {
		if leases, err = s.leaseOnce(ctx, name, version, shards, owner, ttl); !deadlocked(err) {
			break
		}
	}
	return leases, err
}

func (s *Store) leaseOnce(
	ctx context.Context, name string, version int32, shards []ShardID, owner string, ttl time.Duration,
) ([]Lease, error) {
	ids := make([]int32, len(shards))
	for i, id := range shards {
		ids[i] = int32(id)
	}
	var leases []Lease
	keep := func(rows pgx.Rows) error {
		for rows.Next() {
			v := rows.RawValues()
			leases = append(leases, Lease{
				Name: name, Shard: ShardID(rawInt32(v[0])), Epoch: rawInt64(v[1]), Position: rawInt64(v[2]), Chain: rawBytes(v[3]),
				Outcomes: name == OutcomesReader,
			})
		}
		return rows.Err()
	}
	b := &pgx.Batch{}
	b.Queue(sqlCheckpointInsert, name, ids, version)
	b.Queue(sqlLeaseInsert, name, ids)
	overdue := s.queueEvictReaders(b, name, ids, owner)
	b.Queue(sqlLeaseRenew, name, ids, owner, ttl.Milliseconds(), version).Query(keep)
	var free []int32
	b.Queue(sqlLeasesFree, name, ids, owner, version).Query(func(rows pgx.Rows) (err error) {
		free, err = pgx.AppendRows(free, rows, pgx.RowTo[int32])
		return err
	})
	if err := s.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("store: lease %s: %w", name, classify(err))
	}
	if err := s.evictReaders(ctx, name, *overdue); err != nil {
		return nil, fmt.Errorf("store: lease %s: %w", name, classify(err))
	}
	take := &pgx.Batch{}
	for _, shard := range free {
		take.Queue(sqlLeaseTake, name, shard, owner, ttl.Milliseconds(), version).Query(keep)
	}
	if err := s.pool.SendBatch(ctx, take).Close(); err != nil {
		return nil, fmt.Errorf("store: lease %s: %w", name, classify(err))
	}
	slices.SortFunc(leases, func(a, b Lease) int { return int(a.Shard - b.Shard) })
	return leases, nil
}

const sqlRelease = `
WITH given AS (
    UPDATE subscriptions SET epoch = epoch + 1
    WHERE name = $1::text AND shard = $2::integer AND epoch = $3::bigint
    RETURNING name, shard
)
UPDATE leases AS l SET owner = '', lease_until = '1970-01-01Z'
FROM given AS g WHERE l.name = g.name AND l.shard = g.shard`

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
