package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// startServer starts an ephemeral server that the test's end stops.
func startServer(t *testing.T, opts PostgresOptions) *Postgres {
	t.Helper()
	opts.Ephemeral = true
	opts.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	begin := time.Now()
	server, err := StartPostgres(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	t.Logf("ready after %v", time.Since(begin))
	return server
}

// ask runs a query that answers with one value.
func ask[T any](t *testing.T, dsn, query string) T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var answer T
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&answer))
	return answer
}

func TestPostgres_ANewServerAcceptsConnectionsWithItsDSN(t *testing.T) {
	t.Parallel()
	server := startServer(t, PostgresOptions{})
	require.Equal(t, "tenure", ask[string](t, server.DSN(), "select current_database()::text"))
	require.Equal(t, "UTF8", ask[string](t, server.DSN(), "show server_encoding"))
	require.Equal(t, "C", ask[string](t, server.DSN(), "select datcollate::text from pg_database where datname = "+
		"current_database()"))
}

func TestPostgres_ASecondStartOnADirectoryInUseIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	startServer(t, PostgresOptions{Dir: dir})
	_, err := StartPostgres(t.Context(), PostgresOptions{Dir: dir})
	require.ErrorIs(t, err, errDirInUse)
}

func TestPostgres_ADirectoryThatIsALinkIsTheSameDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(dir, link))
	startServer(t, PostgresOptions{Dir: dir})
	_, err := StartPostgres(t.Context(), PostgresOptions{Dir: link})
	require.ErrorIs(t, err, errDirInUse)
}

func TestPostgres_ACleanRestartKeepsDataAddressAndPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startServer(t, PostgresOptions{Dir: dir})
	_, err := first.CreateDatabase(t.Context(), "kept")
	require.NoError(t, err)
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Stop(t.Context()), "a second stop does nothing")

	second := startServer(t, PostgresOptions{Dir: dir})
	require.Equal(t, first.DSN(), second.DSN())
	require.Equal(t, 1, ask[int](t, second.access.dsn("kept"), "select 1"))
}

func TestPostgres_AStateDirectoryCanBeMoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	first := startServer(t, PostgresOptions{Dir: filepath.Join(parent, "a")})
	execute(t, first.DSN(), "create table kept as select 42 as answer")
	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, os.Rename(filepath.Join(parent, "a"), filepath.Join(parent, "b")))

	second := startServer(t, PostgresOptions{Dir: filepath.Join(parent, "b")})
	require.Equal(t, 42, ask[int](t, second.DSN(), "select answer from kept"))
}

func TestPostgres_ATakenPortIsExchangedForAnother(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := startServer(t, PostgresOptions{Dir: dir})
	require.NoError(t, first.Stop(t.Context()))
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first.access.Port))
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()

	second := startServer(t, PostgresOptions{Dir: dir})
	require.NotEqual(t, first.access.Port, second.access.Port)
	require.Equal(t, 1, ask[int](t, second.DSN(), "select 1"))
}

func TestPostgres_APortTakenBetweenChoosingAndBindingIsExchangedToo(t *testing.T) {
	t.Parallel()
	taken := startServer(t, PostgresOptions{})
	server := startServer(t, PostgresOptions{})
	c := cluster{
		settled: settled{id: identities()[0], place: server.place, binDir: mustFindBinaries(t)},
		opts:    PostgresOptions{Ephemeral: true},
	}
	server.end(t.Context())
	server.exited = make(chan struct{})
	server.access.Port = taken.access.Port
	require.NoError(t, server.run(t.Context(), c))
	require.NotEqual(t, taken.access.Port, server.access.Port)
	require.Equal(t, 1, ask[int](t, server.DSN(), "select 1"))
}

func mustFindBinaries(t *testing.T) string {
	t.Helper()
	dir, err := findBinaries(t.Context(), PostgresOptions{}.withDefaults(), 0)
	require.NoError(t, err)
	return dir
}

func TestPostgres_ADurableServerFlushesAndAnEphemeralOneDoesNot(t *testing.T) {
	t.Parallel()
	durable := serverSettings(false, 1, nil)
	require.Equal(t, "on", durable["fsync"])
	require.Equal(t, "on", durable["synchronous_commit"])
	require.Equal(t, "off", serverSettings(true, 1, nil)["fsync"])
	require.Equal(t, "7MB", serverSettings(false, 1, map[string]string{"work_mem": "7MB"})["work_mem"],
		"the caller's setting wins")
}

func TestPostgres_KeepsAQuarterOfTheMemoryForPagesWithinBounds(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, 1<<30, sharedBuffers(4<<30, true))
	require.EqualValues(t, 2<<30, sharedBuffers(64<<30, true))
	require.EqualValues(t, 128<<20, sharedBuffers(300<<20, true))
	require.EqualValues(t, 256<<20, sharedBuffers(0, false), "of a system that does not say what it has")
	require.Equal(t, "256MB", serverSettings(true, 1, nil)["shared_buffers"])
}

func TestPostgres_ASettingThatTheServerRefusesIsNamedInTheError(t *testing.T) {
	t.Parallel()
	_, err := StartPostgres(t.Context(), PostgresOptions{Ephemeral: true, Settings: map[string]string{"work_mem": "lots"}})
	require.ErrorContains(t, err, "embedded: start PostgreSQL")
	require.ErrorContains(t, err, `invalid value for parameter "work_mem"`)
}

func TestPostgres_DatabasesAreCreatedClonedAndDropped(t *testing.T) {
	t.Parallel()
	server := startServer(t, PostgresOptions{})
	original, err := server.CreateDatabase(t.Context(), `odd "name"`)
	require.NoError(t, err)
	execute(t, original, "create table kept as select 42 as answer")

	copied, err := server.CloneDatabase(t.Context(), "copy", `odd "name"`)
	require.NoError(t, err)
	require.Equal(t, 42, ask[int](t, copied, "select answer from kept"))

	_, err = server.CreateDatabase(t.Context(), "copy")
	require.ErrorContains(t, err, "embedded: create database copy")
	require.NoError(t, server.DropDatabase(t.Context(), "copy"))
	require.NoError(t, server.DropDatabase(t.Context(), "copy"), "dropping what is not there is no error")
	_, err = server.CreateDatabase(t.Context(), "copy")
	require.NoError(t, err)
}

func TestPostgres_ATemporaryServerLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	server := startServer(t, PostgresOptions{})
	require.NoError(t, server.Stop(t.Context()))
	require.NoDirExists(t, server.dir)
	<-server.Exited()
}

// execute runs one statement.
func execute(t *testing.T, dsn, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), statement)
	require.NoError(t, err)
}
