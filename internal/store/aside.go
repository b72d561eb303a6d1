package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// asideName is how long work beside the live traffic shows in pg_stat_activity.
const asideName = "tenure aside"

const sqlHome = `SELECT current_schema()::text`

var (
	asideSession = settings{
		"statement_timeout":                   "0",
		"idle_in_transaction_session_timeout": "0",
		"synchronous_commit":                  "off",
		// Sorting for an index is done once and by few sessions.
		"maintenance_work_mem": "128MB",
		"work_mem":             "32MB",
		// Several indexes are made at once; each with its own helpers would be more processes than processors.
		"max_parallel_maintenance_workers": "0",
		// The log is read in the order of its positions, which is that of its blocks: a bitmap would sort it once more.
		"enable_bitmapscan": "off",
		// A plan for the very values looks a type up in a hash table; a plan for any values goes through all of them for
		// each event.
		"plan_cache_mode": "force_custom_plan",
	}

	// asideSessionOfCluster is for a coordinator: schemas, tables and their parts change one after the other on the same
	// connections to the nodes. With one connection to a node, a snapshot of it is one, too.
	asideSessionOfCluster = settings{
		"citus.multi_shard_modify_mode":         "sequential",
		"citus.max_adaptive_executor_pool_size": "1",
		"citus.propagate_set_commands":          "local",
	}
)

// Aside opens a second pool on the same database for long work beside live traffic: rebuilding a read model, comparing
// one. Unqualified names mean the tables of a schema first, which need not exist yet, and then those that the store
// itself sees. Nothing of it has a time limit, and a commit does not wait for the disk: what is lost in a crash is lost
// with the progress that stood in the same transaction. A transaction whose commit must last says so itself. With a
// role everything is done, and owned, as if that role had logged in; empty: as who has. Close it.
func (s *Store) Aside(ctx context.Context, schema, role string, conns int32) (*Store, error) {
	home, err := s.Home(ctx)
	if err != nil {
		return nil, err
	}
	pc := s.pool.Config()
	pc.MaxConns = conns
	pc.ConnConfig.RuntimeParams["application_name"] = asideName
	session := s.session.with(asideSession)
	if role != "" {
		session["role"] = role
	}
	session["search_path"] = pgx.Identifier{schema}.Sanitize() + "," + pgx.Identifier{home}.Sanitize()
	if s.cluster {
		session = session.with(asideSessionOfCluster)
	}
	session.applyTo(pc)
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("store: open a pool for long work: %w", err)
	}
	return &Store{pool: pool, session: session, cluster: s.cluster, unhurried: s.cluster}, nil
}

// sqlIdleNoLimit lets the nodes of a cluster wait for the rest of a transaction, as the coordinator does.
const sqlIdleNoLimit = `SET LOCAL idle_in_transaction_session_timeout = 0`

// Home is the schema in which the store's sessions find the tables.
func (s *Store) Home(ctx context.Context) (home string, err error) {
	if err := s.pool.QueryRow(ctx, sqlHome).Scan(&home); err != nil {
		return "", fmt.Errorf("store: schema of the tables: %w", classify(err))
	}
	return home, nil
}

// Transact runs work in a transaction and commits it, or rolls it back when work fails. Errors are those of InTx.
func (s *Store) Transact(ctx context.Context, how pgx.TxOptions, work func(pgx.Tx) error) error {
	tx, err := s.pool.BeginTx(ctx, how)
	if err != nil {
		return fmt.Errorf("store: begin: %w", classify(err))
	}
	if s.unhurried {
		_, err = tx.Exec(ctx, sqlIdleNoLimit)
	}
	if err == nil {
		err = work(tx)
	}
	if err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // the connection is closed when that fails, which rolls back as well
		return classify(err)
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("store: commit: %w", classifySent(err))
	}
	return nil
}

// Exclusive runs work under a lock of a name that one session of the database holds at a time; false: another holds it.
// A process that dies gives it back with its session.
func (s *Store) Exclusive(ctx context.Context, name string, work func() error) (ours bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, fmt.Errorf("store: lock %s: %w", name, err)
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, sqlTryLock, name).Scan(&ours); err != nil || !ours {
		return false, err
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), sqlUnlock, name); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // a session that is gone holds nothing
		}
	}()
	return true, work()
}

const (
	sqlTryLock = `SELECT pg_try_advisory_lock(hashtextextended($1::text, 0))`
	sqlUnlock  = `SELECT pg_advisory_unlock(hashtextextended($1::text, 0))`
)
