package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func processGone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }

func TestKill_KillingTheParentEndsItsServerAndTheNextStartHasTheData(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent := startChildProcess(t, "postgres", dir)
	pid, err := strconv.Atoi(parent.answer)
	require.NoError(t, err)
	reach, err := loadAccess(dir)
	require.NoError(t, err)
	execute(t, reach.dsn(defaultDatabase), "create table kept as select 42 as answer")

	parent.kill(t)
	eventually(t, "the server ends with its parent", func() bool { return processGone(pid) })

	next := startServer(t, PostgresOptions{Dir: dir})
	require.Equal(t, 42, ask[int](t, next.DSN(), "select answer from kept"))
	require.Equal(t, reach, next.access, "address and password stay")
}

func TestKill_KillingTheParentEndsAServerThatRunsAsNobody(t *testing.T) {
	asRoot(t)
	t.Parallel()
	parent := startChildProcess(t, "postgres as nobody", reachableDir(t))
	pid, err := strconv.Atoi(parent.answer)
	require.NoError(t, err)
	parent.kill(t)
	eventually(t, "the server ends with its parent", func() bool { return processGone(pid) })
}

func TestKill_AStartEndsAServerThatWasLeftBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, PostgresOptions{Dir: dir})
	data := filepath.Join(server.place, "data")
	execute(t, server.DSN(), "create table kept as select 42 as answer")
	left := server.process.Pid
	// As after a kill where the parent-death signal did not arrive.
	server.lock.release()

	next := startServer(t, PostgresOptions{Dir: dir})
	<-server.Exited()
	require.NotContains(t, orphans(data), left)
	require.Equal(t, 42, ask[int](t, next.DSN(), "select answer from kept"))
}

func TestKill_APidFileOfAStrangerIsNotBelieved(t *testing.T) {
	t.Parallel()
	stranger := exec.Command("sleep", "60")
	require.NoError(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	dir := t.TempDir()
	server := startServer(t, PostgresOptions{Dir: dir})
	data := filepath.Join(server.place, "data")
	require.NoError(t, server.Stop(context.Background()))
	content := strconv.Itoa(stranger.Process.Pid) + "\n" + data + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(data, pidFile), []byte(content), 0o600))

	startServer(t, PostgresOptions{Dir: dir})
	require.False(t, processGone(stranger.Process.Pid), "the stranger lives")
}
