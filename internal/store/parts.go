package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// Node is a server of a cluster, with what is on it.
type Node struct {
	Name  string `json:"node"`  // host and port
	Used  bool   `json:"used"`  // it is given parts; one that leaves is not
	Parts int64  `json:"parts"` // of the tables that are spread by shard
	Bytes int64  `json:"bytes"` // of all that is spread
}

const sqlNodesUsed = `
SELECT n.nodename || ':' || n.nodeport, n.shouldhaveshards,
       count(p.shardid) FILTER (WHERE p.table_name = ($1::text)::regclass), COALESCE(sum(p.shard_size), 0)::bigint
FROM pg_dist_node AS n LEFT JOIN citus_shards AS p ON p.nodename = n.nodename AND p.nodeport = n.nodeport
WHERE n.groupid > 0
GROUP BY n.nodename, n.nodeport, n.shouldhaveshards
ORDER BY n.nodename, n.nodeport`

// ErrNoCluster reports a database that is no coordinator of a cluster.
var ErrNoCluster = errors.New("store: the database is not the coordinator of a cluster")

// Nodes lists the servers of the cluster; ErrNoCluster where there is none.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	if !s.cluster {
		return nil, ErrNoCluster
	}
	rows, err := s.pool.Query(ctx, sqlNodesUsed, anchorTable)
	if err != nil {
		return nil, fmt.Errorf("store: nodes: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Node])
	if err != nil {
		return nil, fmt.Errorf("store: nodes: %w", err)
	}
	return found, nil
}

const sqlUseNode = `
SELECT citus_set_node_property(nodename, nodeport, 'shouldhaveshards', $3::boolean)
FROM pg_dist_node WHERE nodename = $1::text AND nodeport = $2::integer AND groupid > 0`

// UseNode sets whether a server of the cluster is to have parts. They move with the next MoveParts.
func (s *Store) UseNode(ctx context.Context, name string, used bool) error {
	host, port, err := net.SplitHostPort(name)
	if err != nil {
		return fmt.Errorf("store: node %s: %w", name, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("store: node %s: %w", name, err)
	}
	tag, err := s.pool.Exec(ctx, sqlUseNode, host, number, used)
	if err != nil {
		return fmt.Errorf("store: node %s: %w", name, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("store: the cluster has no node %s", name)
	}
	return nil
}

// Move is how far parts have been moved.
type Move struct {
	State   string // as Citus names it: running, finished, failed, …
	Done    int64  // steps
	Steps   int64
	Message string // of the step that failed last
	// Waits is why no step has been under way for a while; empty: one is.
	Waits string

	running int64
}

// States of a Move: the others are on their way to one of these.
const (
	moveFinished  = "finished"
	moveFailed    = "failed"
	moveCancelled = "cancelled"
)

// ended reports whether nothing moves.
func (m Move) ended() bool {
	return m.State == "" || m.State == moveFinished || m.State == moveFailed || m.State == moveCancelled
}

const (
	sqlMove = `
SELECT j.state::text, count(t.task_id) FILTER (WHERE t.status = 'done'), count(t.task_id),
       COALESCE(max(t.message) FILTER (WHERE t.status = 'error'), ''), count(t.task_id) FILTER (WHERE t.status = 'running')
FROM pg_dist_background_job AS j LEFT JOIN pg_dist_background_task AS t ON t.job_id = j.job_id
WHERE j.job_type = 'rebalance'
GROUP BY j.job_id, j.state ORDER BY j.job_id DESC LIMIT 1`

	// Parts are copied while they are written to; writers wait for the end of the copy only.
	sqlMoveParts = `SELECT COALESCE(citus_rebalance_start(), 0)`

	sqlStopMove = `SELECT citus_rebalance_stop()`

	// Citus moves in processes beside the sessions, of which the coordinator has as many as it is told.
	sqlBackground = `
SELECT count(*), current_setting('max_worker_processes')::bigint
FROM pg_stat_activity
WHERE backend_type NOT IN ('client backend', 'autovacuum launcher', 'autovacuum worker', 'background writer',
                           'checkpointer', 'walwriter', 'walsender', 'walreceiver', 'archiver', 'startup', 'logger')`
)

const (
	// movePause is between two questions how far it is.
	movePause = 500 * time.Millisecond
	// moveIdleMax is far above what passes between two steps.
	moveIdleMax = 15 * time.Second
)

// MoveParts spreads the parts evenly over the servers that are to have some, by Citus's own rebalancer, and reports
// each time how far it is; false: nothing was to be moved. A move that is under way is waited for. It goes on when ctx
// ends. Nothing of the log is out of use meanwhile: a write that waits longer than it may for a lock is tried again.
func (s *Store) MoveParts(ctx context.Context, say func(Move)) (moved bool, err error) {
	if !s.cluster {
		return false, ErrNoCluster
	}
	at, err := s.move(ctx)
	if err != nil {
		return false, err
	}
	if at.ended() {
		var job int64
		if err := s.pool.QueryRow(ctx, sqlMoveParts).Scan(&job); err != nil {
			return false, fmt.Errorf("store: move parts: %w", err)
		}
		if job == 0 {
			return false, nil
		}
	}
	if at, err = s.moveEnds(ctx, say); err != nil {
		return true, err
	}
	if at.State != moveFinished {
		return true, fmt.Errorf("store: move parts: it is %s after %d of %d steps: %s", at.State, at.Done, at.Steps,
			at.Message)
	}
	return true, nil
}

// moveEnds waits for the end of a move.
func (s *Store) moveEnds(ctx context.Context, say func(Move)) (at Move, err error) {
	worked := time.Now()
	for {
		if at, err = s.move(ctx); err != nil {
			return at, err
		}
		if at.running > 0 {
			worked = time.Now()
		}
		if time.Since(worked) > moveIdleMax {
			if at.Waits, err = s.moveWaits(ctx); err != nil {
				return at, err
			}
		}
		say(at)
		if at.ended() {
			return at, nil
		}
		select {
		case <-ctx.Done():
			return at, ctx.Err()
		case <-time.After(movePause):
		}
	}
}

// moveWaits says why no step begins.
func (s *Store) moveWaits(ctx context.Context) (string, error) {
	var used, most int64
	if err := s.pool.QueryRow(ctx, sqlBackground).Scan(&used, &most); err != nil {
		return "", fmt.Errorf("store: move parts: %w", classify(err))
	}
	why := fmt.Sprintf("the coordinator has %d background processes, of %d that max_worker_processes allows", used, most)
	if used >= most {
		why += ": none is free for the move. Raise it and restart the coordinator; the move goes on by itself"
	}
	return why, nil
}

// StopMove ends a move that is under way: parts that have been moved stay where they are, the one that is being copied
// stays where it was. The next MoveParts goes on. It waits for the end; false: nothing was moving.
func (s *Store) StopMove(ctx context.Context, say func(Move)) (stopped bool, err error) {
	if !s.cluster {
		return false, ErrNoCluster
	}
	at, err := s.move(ctx)
	if err != nil || at.ended() {
		return false, err
	}
	if _, err := s.pool.Exec(ctx, sqlStopMove); err != nil {
		if at, again := s.move(ctx); again == nil && at.ended() {
			return false, nil
		}
		return false, fmt.Errorf("store: stop a move: %w", classify(err))
	}
	at, err = s.moveEnds(ctx, say)
	return at.State == moveCancelled, err
}

// move reads how far the newest move is; no state: there never was one.
func (s *Store) move(ctx context.Context) (m Move, err error) {
	err = s.pool.QueryRow(ctx, sqlMove).Scan(&m.State, &m.Done, &m.Steps, &m.Message, &m.running)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return m, fmt.Errorf("store: move parts: %w", classify(err))
	}
	return m, nil
}
