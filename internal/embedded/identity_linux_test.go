package embedded

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// privateDir is a directory below a 0700 parent, as in a home.
func privateDir(t *testing.T) string {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	require.NoError(t, os.Mkdir(home, 0o700))
	return filepath.Join(home, "state")
}

// reachableDir is a directory that every user may pass through to, which
// t.TempDir is not.
func reachableDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tenure-nobody-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become someone else")
	}
}

func TestIdentity_RootRunsAServerBelowAPrivateHome(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	server := startServer(t, PostgresOptions{Dir: dir})
	require.Equal(t, 1, ask[int](t, server.DSN(), "select 1"))
	for _, path := range []string{accessFile, lockFile} {
		info, err := os.Stat(filepath.Join(server.dir, path))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), path)
	}
}

func TestIdentity_RootWithoutUserNamespacesRunsAServerAsNobody(t *testing.T) {
	asRoot(t)
	t.Parallel()
	dir := reachableDir(t)
	first := startServer(t, PostgresOptions{Dir: dir, users: identities()[1:]})
	t.Cleanup(func() { _ = os.RemoveAll(first.place) })
	execute(t, first.DSN(), "create table kept as select 42 as answer")
	require.NoError(t, first.Stop(t.Context()))

	second := startServer(t, PostgresOptions{Dir: dir, users: identities()})
	require.Equal(t, 42, ask[int](t, second.DSN(), "select answer from kept"), "another identity finds the same data")
}

func TestIdentity_NobodyKeepsItsFilesElsewhereWhereItCannotReachThem(t *testing.T) {
	asRoot(t)
	t.Parallel()
	dir := privateDir(t)
	server := startServer(t, PostgresOptions{Dir: dir, users: []identity{nobody(false), nobody(true)}})
	t.Cleanup(func() { _ = os.RemoveAll(server.place) })
	require.Contains(t, server.place, unprivilegedRoot)
	execute(t, server.DSN(), "create table kept as select 42 as answer")
	require.NoError(t, server.Stop(t.Context()))

	again := startServer(t, PostgresOptions{Dir: dir})
	require.Equal(t, 42, ask[int](t, again.DSN(), "select answer from kept"))
}

func TestIdentity_WhereNoUserWillDoTheErrorSaysWhatHelps(t *testing.T) {
	t.Parallel()
	impossible := self()
	impossible.name = "an impossible user"
	impossible.attr = func() *syscall.SysProcAttr { return &syscall.SysProcAttr{Chroot: "/nowhere"} }
	_, err := StartPostgres(t.Context(), PostgresOptions{Ephemeral: true, users: []identity{impossible}})
	require.ErrorIs(t, err, errNoUser)
	require.ErrorContains(t, err, "an impossible user: cannot run")
	require.ErrorContains(t, err, "ordinary user")
}
