package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The tables of a cluster. Those of the log, and the read models that are made of it, are distributed by shard and lie
// together: what a command, a chunk or a page of a reader writes is on one node. What all shards read and few write is
// on every node. Names are unique over all shards, so that they are spread by name. What is not here stays on the
// coordinator: tokens, counters of calls, processes, audits, and what other systems report of employees.
var (
	// anchorTable is distributed first; the others are placed beside it.
	anchorTable = "shards"
	// everywhereTables come before those that refer to them.
	everywhereTables = []string{"catalog_head", "run_halts", "run_policy", "clock", "command_keys", "replays",
		"projection_builds", "partition_counts"}
	shardTables = []string{"events", "subjects", "outcomes", "parked", "repairs", "run_shards", "run_totals",
		"run_reasons", "run_products", "subscriptions", "leases", "accepted_tails", "replay_shards",
		"projection_build_shards", "lines", "employee_documents", "directory", "directory_extensions",
		"directory_accounts", "documents", "bookings"}
	nameTables = map[string]string{"logins": "name"}
)

// PartsDefault is into how many parts the tables are cut: each is on one node, and moves as a whole.
const PartsDefault = 32

const (
	sqlIsCluster = `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`

	// A table that refers to one on every node is known to the coordinator before it is spread itself.
	sqlIsPlaced = `
SELECT EXISTS (SELECT 1 FROM pg_dist_partition
               WHERE logicalrelid = ($1::text)::regclass AND (partmethod = 'h' OR repmodel = 't'))`

	sqlPlaceAnchor = `SELECT create_distributed_table($1::text, 'shard', shard_count => $2::integer)`

	sqlPlaceBeside = `SELECT create_distributed_table($1::text, 'shard', colocate_with => $2::text)`

	sqlPlaceByName = `SELECT create_distributed_table($1::text, $2::text)`

	sqlPlaceEverywhere = `SELECT create_reference_table($1::text)`
)

// notClusterError reports that a database has no extension that could distribute its tables.
type notClusterError struct{}

// Error names what is needed.
func (*notClusterError) Error() string {
	return "store: the database has no extension citus; on the coordinator and every node: CREATE EXTENSION citus, " +
		"then citus_add_node for each"
}

// sqlUnlimitedNodes finds the nodes on which a session waits for a row, or inside a transaction, without end. They know
// nothing of the limits of the session on the coordinator that asked.
const sqlUnlimitedNodes = `
SELECT COALESCE(string_agg(nodename || ':' || nodeport, ', ' ORDER BY nodeport), '')
FROM run_command_on_workers($node$
    SELECT current_setting('lock_timeout') <> '0' AND current_setting('idle_in_transaction_session_timeout') <> '0'$node$)
WHERE result <> 't'`

// limited refuses nodes that would wait without end.
func limited(ctx context.Context, conn *pgx.Conn) error {
	var nodes string
	if err := conn.QueryRow(ctx, sqlUnlimitedNodes).Scan(&nodes); err != nil {
		return fmt.Errorf("store: distribute: %w", err)
	}
	if nodes != "" {
		return fmt.Errorf("store: distribute: on the nodes %s set lock_timeout = '3s' and "+
			"idle_in_transaction_session_timeout = '10s' in postgresql.conf, and reload", nodes)
	}
	return nil
}

// Distribute spreads the tables of a migrated database over the nodes of a Citus cluster, whose coordinator it is. Rows
// that are there move with their tables, while nobody writes. Tables that are distributed already stay as they are, so
// that an interrupted call is repeated. The error is a *notClusterError where there is no such extension.
func Distribute(ctx context.Context, dsn string, parts int) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("store: distribute: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var cluster bool
	if err := conn.QueryRow(ctx, sqlIsCluster).Scan(&cluster); err != nil {
		return fmt.Errorf("store: distribute: %w", err)
	}
	if !cluster {
		return &notClusterError{}
	}
	if err := limited(ctx, conn); err != nil {
		return err
	}
	if err := place(ctx, conn, anchorTable, sqlPlaceAnchor, parts); err != nil {
		return err
	}
	for _, table := range everywhereTables {
		if err := place(ctx, conn, table, sqlPlaceEverywhere); err != nil {
			return err
		}
	}
	for _, table := range shardTables {
		if err := place(ctx, conn, table, sqlPlaceBeside, anchorTable); err != nil {
			return err
		}
	}
	for table, column := range nameTables {
		if err := place(ctx, conn, table, sqlPlaceByName, column); err != nil {
			return err
		}
	}
	return nil
}

// place distributes a table unless it is.
func place(ctx context.Context, conn *pgx.Conn, table, sql string, args ...any) error {
	var placed bool
	err := conn.QueryRow(ctx, sqlIsPlaced, table).Scan(&placed)
	if err == nil && !placed {
		_, err = conn.Exec(ctx, sql, append([]any{table}, args...)...)
	}
	if err != nil {
		return fmt.Errorf("store: distribute %s: %w", table, err)
	}
	return nil
}

// Spread places an empty table beside the shards, in the transaction that makes it.
func Spread(ctx context.Context, tx pgx.Tx, table string) error {
	if _, err := tx.Exec(ctx, sqlPlaceBeside, table, anchorTable); err != nil {
		return fmt.Errorf("store: distribute %s: %w", table, err)
	}
	return nil
}

// Cluster reports whether the database is the coordinator of a cluster: what a transaction writes should be of one
// shard then.
func (s *Store) Cluster() bool { return s.cluster }
