package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// A session that was stopped in the middle of sending its transaction holds the rows that it wrote, and none of the
// server's timeouts ends it, see Claim. The transaction that holds a row is the row's xmax. On a cluster it is that of
// a session on the row's node, which a session on the coordinator opened: both are ended, the latter found by the
// number that Citus gives it over all nodes and has in the other's application name.
const (
	// sqlEvictWriter ends the session whose running transaction holds the shard's row. One that is younger than the wait
	// for it is not the one that was waited for.
	sqlEvictWriter = `
SELECT pg_terminate_backend(a.pid)
FROM shards AS s JOIN pg_stat_activity AS a ON a.backend_xid = s.xmax
WHERE s.shard = $1::integer AND a.datname = current_database() AND a.pid <> pg_backend_pid()
  AND a.xact_start < now() - current_setting('lock_timeout')::interval`

	sqlEvictWriterOnNode = sqlEndOnNodes + `'shards'` + sqlEndHolding +
		`s.shard = %s` + sqlEndHeld + `$1::integer` + sqlEndAll

	// sqlLeaseEvict ends the session that holds a reader's checkpoint once its lease has been over, and its transaction
	// open, for longer than a lock may be held. A session that takes or moves the row this moment is younger than that.
	sqlLeaseEvict = `
SELECT pg_terminate_backend(a.pid)
FROM leases AS l
JOIN subscriptions AS s ON s.name = l.name AND s.shard = l.shard
JOIN pg_stat_activity AS a ON a.backend_xid = s.xmax
WHERE l.name = $1::text AND l.shard = ANY($2::integer[]) AND l.owner NOT IN ('', $3::text)
  AND l.lease_until < now() - current_setting('lock_timeout')::interval
  AND a.xact_start < now() - current_setting('lock_timeout')::interval
  AND a.datname = current_database() AND a.pid <> pg_backend_pid()`

	// sqlLeasesOverdue finds the shards on whose nodes it is worth looking for such a session.
	sqlLeasesOverdue = `
SELECT l.shard FROM leases AS l
WHERE l.name = $1::text AND l.shard = ANY($2::integer[]) AND l.owner NOT IN ('', $3::text)
  AND l.lease_until < now() - current_setting('lock_timeout')::interval`

	sqlLeaseEvictOnNode = sqlEndOnNodes + `'subscriptions'` + sqlEndHolding +
		`s.name = %L AND s.shard = ANY(%L::integer[])` + sqlEndHeld + `$1::text, $2::integer[]` + sqlEndAll
)

// On a cluster: the table, which rows of it, and their values stand between these. The sessions are chosen first: as a
// condition among others, ending one could come before what chooses it.
const (
	sqlEndOnNodes = `
SELECT pg_terminate_backend(g.id::bigint)
FROM run_command_on_placements(`

	sqlEndHolding = `, format($node$
    WITH holding AS MATERIALIZED (
        SELECT a.pid, substring(a.application_name FROM 'gpid=([0-9]+)') AS id
        FROM %%s AS s JOIN pg_stat_activity AS a ON a.backend_xid = s.xmax
        WHERE `

	sqlEndHeld = ` AND a.datname = current_database() AND a.pid <> pg_backend_pid()
          AND a.xact_start < now() - %L::interval
    ), ended AS MATERIALIZED (SELECT h.id, pg_terminate_backend(h.pid) FROM holding AS h)
    SELECT string_agg(e.id, ' ') FROM ended AS e$node$, `

	sqlEndAll = `, current_setting('lock_timeout'))) AS p,
  regexp_split_to_table(NULLIF(p.result, ''), ' ') AS g(id)
WHERE p.success`
)

// evictWriter ends the session that holds a shard's row.
func (s *Store) evictWriter(ctx context.Context, shard ShardID) error {
	sql := sqlEvictWriter
	if s.cluster {
		sql = sqlEvictWriterOnNode
	}
	_, err := s.pool.Exec(ctx, sql, int32(shard))
	return err
}

// queueEvictReaders ends the sessions that hold checkpoints of leases that are over, or on a cluster finds the shards
// of such leases.
func (s *Store) queueEvictReaders(b *pgx.Batch, name string, shards []int32, owner string) (overdue *[]int32) {
	overdue = new([]int32)
	if !s.cluster {
		b.Queue(sqlLeaseEvict, name, shards, owner)
		return overdue
	}
	b.Queue(sqlLeasesOverdue, name, shards, owner).Query(func(rows pgx.Rows) (err error) {
		*overdue, err = pgx.AppendRows(*overdue, rows, pgx.RowTo[int32])
		return err
	})
	return overdue
}

// evictReaders ends the sessions on nodes that hold checkpoints of leases that are over.
func (s *Store) evictReaders(ctx context.Context, name string, overdue []int32) error {
	if len(overdue) == 0 {
		return nil
	}
	if _, err := s.pool.Exec(ctx, sqlLeaseEvictOnNode, name, overdue); err != nil {
		return fmt.Errorf("end sessions that hold checkpoints: %w", err)
	}
	return nil
}
