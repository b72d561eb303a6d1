package database

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/embedded"
)

// envDurable, set to anything, makes the server write to disk as one in production does.
const envDurable = "TENURE_TEST_DURABLE"

// startTime bounds the start of the server and the migration: on a machine at a load of 40 that took two minutes.
const startTime = 10 * time.Minute

const (
	migrated = "migrated"  // what each test copies
	empty    = "template1" // PostgreSQL's own, without any table
)

// databases makes them: a private server, or a cluster.
type databases interface {
	CreateDatabase(ctx context.Context, name string) (dsn string, err error)
	CloneDatabase(ctx context.Context, name, from string) (dsn string, err error)
	DropDatabase(ctx context.Context, name string) error
}

var (
	server databases
	number atomic.Int64
	// own is before the names of a process's databases: those of a cluster are beside those of other processes.
	own string

	sharedMu sync.Mutex
	shared   []string // databases to remove from a cluster behind the tests
)

// Steps bring an empty database to this version, and spread it where it is a cluster's.
type Steps struct {
	Migrate    func(ctx context.Context, dsn string) error
	Distribute func(ctx context.Context, dsn string, parts int) error
}

// Main runs a package's tests with a server beside them, or on the cluster that TENURE_CITUS_DSN names, and gives the
// exit code; call it from TestMain.
func Main(m *testing.M, steps Steps) int { return Run(m.Run, steps) }

// Run is Main around more than the tests alone.
func Run(tests func() int, steps Steps) int {
	with := withServer
	if os.Getenv(envCitus) != "" {
		with = withCluster
	}
	code, err := with(tests, steps)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Processes runs the tests of a package whose processes start private servers, and gives the exit code. On the
// cluster that TENURE_CITUS_DSN names they get databases of it, by ForProcess.
func Processes(run func() int, steps Steps) int {
	if !Distributed() {
		return run()
	}
	code, err := withCluster(run, steps)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// ForProcess gives the address of a migrated database for a process of the test; empty where the tests run on no
// cluster, so that the process starts a private one.
func ForProcess(t testing.TB) string {
	t.Helper()
	if !Distributed() {
		return ""
	}
	return Migrated(t)
}

// Shared gives the address of a migrated database that several tests of a package use. It ends with the package.
func Shared(ctx context.Context) (dsn string, err error) {
	name := fmt.Sprintf("%sshared_%d", own, number.Add(1))
	sharedMu.Lock()
	shared = append(shared, name)
	sharedMu.Unlock()
	return server.CloneDatabase(ctx, name, own+migrated)
}

// Distributed reports whether the tests run on a cluster.
func Distributed() bool { return os.Getenv(envCitus) != "" }

// OneServer leaves a test out on a cluster: why says what it looks at that only a single server has.
func OneServer(t testing.TB, why string) {
	t.Helper()
	if Distributed() {
		t.Skip("not on a cluster: " + why)
	}
}

func withCluster(run func() int, steps Steps) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	own = fmt.Sprintf("p%d_", os.Getpid())
	all, err := newCluster(ctx, os.Getenv(envCitus))
	if err != nil {
		return 1, err
	}
	server = all
	dsn, err := all.CreateDatabase(ctx, own+migrated)
	if err != nil {
		return 1, err
	}
	shared = []string{own + migrated}
	defer func() {
		for _, name := range shared {
			_ = all.DropDatabase(context.Background(), name)
		}
	}()
	if err := steps.Migrate(ctx, dsn); err != nil {
		return 1, err
	}
	if err := steps.Distribute(ctx, dsn, citusParts); err != nil {
		return 1, err
	}
	if err := all.close(ctx, own+migrated); err != nil {
		return 1, err
	}
	return run(), nil
}

func withServer(run func() int, steps Steps) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	atHome := inMemory()
	private, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{
		Ephemeral: os.Getenv(envDurable) == "", Settings: map[string]string{"max_connections": "200"},
	})
	atHome()
	if err != nil {
		return 1, err
	}
	defer func() { _ = private.Stop(context.Background()) }()
	server = private
	dsn, err := server.CreateDatabase(ctx, migrated)
	if err != nil {
		return 1, err
	}
	if err := steps.Migrate(ctx, dsn); err != nil {
		return 1, err
	}
	return run(), nil
}

// Migrated gives the address of a migrated database of the test's own.
func Migrated(t testing.TB) string {
	t.Helper()
	return copyOf(t, own+migrated)
}

// Empty gives the address of a database of the test's own without any table.
func Empty(t testing.TB) string {
	t.Helper()
	return copyOf(t, empty)
}

func copyOf(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("%stest_%d", own, number.Add(1))
	dsn, err := server.CloneDatabase(t.Context(), name, template)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.DropDatabase(context.Background(), name) })
	return dsn
}
