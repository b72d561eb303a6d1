package feedtest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/embedded"
	"tenure/internal/store"
)

const (
	// template is the migrated database that each test copies.
	template = "migrated"
	// startTime bounds the start of the server and the migration.
	startTime = time.Minute
)

// server is the private PostgreSQL of all tests of a package.
var server *embedded.Postgres

var databases atomic.Int64

// Main runs the tests of a package with one server for all, and gives the exit code.
func Main(m *testing.M) int {
	code, err := withServer(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withServer(run func() int) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	server, err = embedded.StartPostgres(ctx, embedded.PostgresOptions{Ephemeral: true})
	if err != nil {
		return 1, err
	}
	defer func() { _ = server.Stop(context.Background()) }()
	dsn, err := server.CreateDatabase(ctx, template)
	if err != nil {
		return 1, err
	}
	if err := store.Migrate(ctx, dsn); err != nil {
		return 1, err
	}
	return run(), nil
}

// Database is a migrated database of one test's own.
type Database struct {
	*store.Store
	DSN string
	t   testing.TB
}

// NewDatabase gives the test a database, which ends with it.
func NewDatabase(t testing.TB) *Database {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	dsn, err := server.CloneDatabase(t.Context(), name, template)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.DropDatabase(context.Background(), name) })
	s, err := store.Open(t.Context(), store.Config{DSN: dsn})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return &Database{Store: s, DSN: dsn, t: t}
}

// Exec runs statements behind the store's back.
func (d *Database) Exec(statements ...string) {
	d.t.Helper()
	d.withPool(func(ctx context.Context, pool *pgxpool.Pool) {
		for _, sql := range statements {
			_, err := pool.Exec(ctx, sql, pgx.QueryExecModeExec)
			require.NoError(d.t, err, sql)
		}
	})
}

// Rows reads a table as text, every row a line, sorted.
func (d *Database) Rows(table string) (rows []string) {
	d.t.Helper()
	d.withPool(func(ctx context.Context, pool *pgxpool.Pool) {
		found, err := pool.Query(ctx, "SELECT r::text FROM "+pgx.Identifier{table}.Sanitize()+" AS r ORDER BY 1")
		require.NoError(d.t, err)
		rows, err = pgx.CollectRows(found, pgx.RowTo[string])
		require.NoError(d.t, err)
	})
	return rows
}

func (d *Database) withPool(use func(context.Context, *pgxpool.Pool)) {
	d.t.Helper()
	pool, err := pgxpool.New(d.t.Context(), d.DSN)
	require.NoError(d.t, err)
	defer pool.Close()
	use(d.t.Context(), pool)
}
