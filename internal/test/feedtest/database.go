package feedtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
)

// Main runs the tests of a package with one server for all, and gives the exit code.
func Main(m *testing.M) int {
	return database.Main(m, database.Steps{Migrate: store.Migrate, Distribute: store.Distribute})
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
	dsn := environment.Simulated(t)
	return &Database{Store: environment.Store(t, dsn), DSN: dsn, t: t}
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
