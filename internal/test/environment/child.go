package environment

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// Child starts this test binary as a separate process, with env (KEY=value) beside the test's environment: what
// TestMain does there, it finds out by a variable. The process is killed when the test ends.
func Child(t testing.TB, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { Kill(cmd) })
	return cmd
}

// Kill is kill -9 and the wait for the process's end; one that is dead stays dead.
func Kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
