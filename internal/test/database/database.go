package database

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/embedded"
)

// envDurable, set to anything, makes the server write to disk as one in production does.
const envDurable = "TENURE_TEST_DURABLE"

// startTime bounds the start of the server and the migration, on a machine that runs the tests of several packages.
const startTime = 2 * time.Minute

const (
	migrated = "migrated"  // what each test copies
	empty    = "template1" // PostgreSQL's own, without any table
)

var (
	server *embedded.Postgres
	number atomic.Int64
)

// Main runs a package's tests with a server beside them and gives the exit code; call it from TestMain.
func Main(m *testing.M, migrate func(ctx context.Context, dsn string) error) int {
	code, err := withServer(m.Run, migrate)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func withServer(run func() int, migrate func(context.Context, string) error) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	atHome := inMemory()
	server, err = embedded.StartPostgres(ctx, embedded.PostgresOptions{
		Ephemeral: os.Getenv(envDurable) == "", Settings: map[string]string{"max_connections": "200"},
	})
	atHome()
	if err != nil {
		return 1, err
	}
	defer func() { _ = server.Stop(context.Background()) }()
	dsn, err := server.CreateDatabase(ctx, migrated)
	if err != nil {
		return 1, err
	}
	if err := migrate(ctx, dsn); err != nil {
		return 1, err
	}
	return run(), nil
}

// Migrated gives the address of a migrated database of the test's own.
func Migrated(t testing.TB) string {
	t.Helper()
	return copyOf(t, migrated)
}

// Empty gives the address of a database of the test's own without any table.
func Empty(t testing.TB) string {
	t.Helper()
	return copyOf(t, empty)
}

func copyOf(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", number.Add(1))
	dsn, err := server.CloneDatabase(t.Context(), name, template)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.DropDatabase(context.Background(), name) })
	return dsn
}
