package store

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
	"tenure/migrations"
)

func TestSeveralProcessesMayMigrateAtOnce(t *testing.T) {
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
func TestAnInterruptedMigrationRunsAgain(t *testing.T) {
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
			"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tenure migrate' AND wait_event = 'advisory' AND "+
				"datname = current_database()",
		) == 1
	}, waitMax, waitPause)
	damage(t, s, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenure migrate' AND "+
		"datname = current_database()")
	require.NoError(t, tx.Rollback(t.Context()))
	require.NoError(t, <-done)
	require.EqualValues(t, 0, count(t, s, "SELECT count(*) FROM events"))
}

func TestAMigrationThatCannotReachItsDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, Migrate(ctx, database.Migrated(t)), "store: migrate")
	require.ErrorContains(t, Migrate(t.Context(), "postgres://:notaport/"), "store: migrate")
}
