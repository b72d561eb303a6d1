package faults

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/embedded"
	"tenure/internal/store"
)

// TestServers_ABrokerThatDiesAndComesBack kills the broker on every day of a life.
func TestServers_ABrokerThatDiesAndComesBack(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.start()
	s.live(life, func(day int) {
		s.underWay(life.days[day])
		s.broker.kill()
		s.broker.start()
	})
	s.whole(want)
}

// postgres is a PostgreSQL that can be killed.
type postgres struct {
	t      *testing.T
	dir    string
	server *embedded.Postgres
}

func newDatabase(t *testing.T) *postgres {
	t.Helper()
	d := &postgres{t: t, dir: t.TempDir()}
	d.start()
	t.Cleanup(func() { _ = d.server.Stop(context.Background()) })
	require.NoError(t, store.Migrate(t.Context(), d.server.DSN()))
	return d
}

func (d *postgres) start() {
	d.t.Helper()
	var err error
	d.server, err = embedded.StartPostgres(context.Background(), embedded.PostgresOptions{Dir: d.dir, Ephemeral: true})
	require.NoError(d.t, err)
}

// kill ends the server at once, as a crash does: clients lose their connections, what was not committed is gone.
func (d *postgres) kill() {
	d.t.Helper()
	pid := d.pid()
	require.NoError(d.t, syscall.Kill(pid, syscall.SIGQUIT))
	<-d.server.Exited()
	_ = d.server.Stop(context.Background()) // gives the folder back
}

// pid is that of the server's first process.
func (d *postgres) pid() int {
	d.t.Helper()
	var found int
	require.NoError(d.t, filepath.WalkDir(d.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "postmaster.pid" {
			return err
		}
		written, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(string(written), "\n")
		found, err = strconv.Atoi(first)
		return err
	}))
	require.NotZero(d.t, found, "the server's process")
	return found
}

// TestServers_ADatabaseThatIsRestartedImmediately kills PostgreSQL on every day of a life, while commands are on their
// way.
func TestServers_ADatabaseThatIsRestartedImmediately(t *testing.T) {
	t.Parallel()
	life := newScript(seed(t), lifeBegins, shortLife, ordersADay)
	want := undisturbed(t, life)
	d := newDatabase(t)
	s := newSystemOn(t, life, d.server.DSN())
	s.start()
	s.live(life, func(day int) {
		s.underWay(life.days[day])
		d.kill()
		d.start()
		require.Equal(t, s.dsn, d.server.DSN(), "it comes back where it was")
	})
	s.whole(want)
}

// TestServers_ForeignersInTheDatabase holds the shards' rows locked from outside for a while.
func TestServers_ForeignersInTheDatabase(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life, want, s := short(t)
	s.start()
	s.live(life, func(int) {
		conn := connect(t, s.dsn)
		tx, err := conn.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "LOCK TABLE shards IN ACCESS EXCLUSIVE MODE")
		require.NoError(t, err)
		time.AfterFunc(foreignerHolds, func() {
			_ = tx.Rollback(context.Background())
			_ = conn.Close(context.Background())
		})
	})
	s.whole(want)
}

// foreignerHolds is longer than a writer waits for a lock.
const foreignerHolds = 7 * time.Second
