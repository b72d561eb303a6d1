package store

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
	"tenure/migrations"
)

func TestMigrate_SeveralProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := database.Empty(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := Migrate(context.Background(), dsn); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := openStore(t, Config{DSN: dsn})
	files, err := migrations.Files.ReadDir(".")
	require.NoError(t, err)
	require.EqualValues(t, len(files), count(t, s, "SELECT count(*) FROM goose_db_version WHERE version_id > 0"))
}

// A process that is killed while it migrates leaves an open transaction, which the server rolls back.
func TestMigrate_AnInterruptedMigrationRunsAgain(t *testing.T) {
	t.Parallel()
	dsn := database.Empty(t)
	s := openStore(t, Config{DSN: dsn})
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1)", migrationLock)
	require.NoError(t, err)

	done := make(chan error)
	go func() { done <- Migrate(context.Background(), dsn) }()
	require.Eventually(t, func() bool {
		return count(
			t,
			s,
			"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenure migrate' AND query = '"+
				strings.ReplaceAll(sqlMigrationLock, "'", "''")+"' AND datname = current_database()",
		) == 1
	}, waitMax, waitPause)
	damage(t, s, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenure migrate' AND "+
		"datname = current_database()")
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-done)
	require.EqualValues(t, 0, count(t, s, "SELECT count(*) FROM events"))
}

func TestMigrate_AMigrationThatCannotReachItsDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, Migrate(ctx, database.Migrated(t)), "store: migrate")
	require.ErrorContains(t, Migrate(t.Context(), "postgres://:notaport/"), "store: migrate")
}

// A long reader of a table that a migration alters must not stop everybody who comes after the migration.
func TestMigrate_LetsOthersPassWhileATableIsInUse(t *testing.T) {
	t.Parallel()
	dsn := database.Migrated(t)
	s := openStore(t, Config{DSN: dsn})
	reader, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	_, err = reader.Exec(t.Context(), "SELECT count(*) FROM tokens")
	require.NoError(t, err)

	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), sqlMigrationPatience)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "ALTER TABLE tokens ADD COLUMN sample integer")
	require.True(t, lockRefused(err), "%v", err)
	require.EqualValues(t, 0, count(t, s, "SELECT count(*) FROM tokens"), "whoever comes later does not wait")
	require.NoError(t, reader.Rollback(t.Context()))
}

// An index that is built concurrently waits for whoever reads since before, two seconds at most: what is left of it is
// no index yet. The migration that goes on makes it one before it drops those that it replaces.
func TestMigrate_AnIndexWhoseBuildWasInterruptedIsBuiltAgain(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "on a cluster a build waits on each node")
	dsn := database.Migrated(t)
	downTo(t, dsn, 36)
	s := openStore(t, Config{DSN: dsn})
	reader, err := s.pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	_, err = reader.Exec(t.Context(), "SELECT count(*) FROM directory")
	require.NoError(t, err)
	const broken = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
	done := make(chan error, 1)
	go func() { done <- Migrate(context.Background(), dsn) }()
	require.Eventually(t, func() bool {
		return count(t, s, broken+" AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONC%'"+
			" AND state = 'active' AND datname = current_database())") == 1
	}, waitMax, waitPause, "a build that has ended leaves an index that is none")
	require.NoError(t, reader.Rollback(t.Context()))
	require.NoError(t, <-done)
	require.EqualValues(t, 0, count(t, s, broken))
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM pg_class WHERE relname = 'directory_of_customer'"))

	damage(t, s, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'directory_of_customer'::regclass",
		"CREATE INDEX directory_login_ccnew ON directory (id)",
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'directory_login_ccnew'::regclass")
	require.NoError(t, Migrate(t.Context(), dsn), "where no migration is left too")
	require.EqualValues(t, 0, count(t, s, broken))
	require.EqualValues(t, 0, count(t, s, "SELECT count(*) FROM pg_class WHERE relname LIKE '%ccnew%'"))
}

func downTo(t *testing.T, dsn string, version int64) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	db := stdlib.OpenDB(*config)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files)
	require.NoError(t, err)
	_, err = provider.DownTo(t.Context(), version)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
