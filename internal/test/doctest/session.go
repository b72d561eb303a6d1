package doctest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sessionTime bounds a page's session. A page takes half a minute at most; the rest is for a busy machine.
const sessionTime = 15 * time.Minute

// mark separates the outputs of the blocks.
const mark = "@@ end of block @@"

// Run runs a page in an empty folder, with tenure of this tree in the path and variables, KEY=value, in the
// environment. Addresses are chosen by the system, so that pages run beside each other. What the page starts ends with
// it.
func Run(t *testing.T, root, page string, variables ...string) {
	t.Helper()
	RunIn(t, root, page, t.TempDir(), variables...)
}

// RunIn is Run in a folder that has what the page expects to find.
func RunIn(t *testing.T, root, page, folder string, variables ...string) {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), sessionTime)
	defer cancel()
	blocks, err := blocksOf(filepath.Join(root, page))
	require.NoError(t, err)
	require.NotEmpty(t, blocks, "%s has no session", page)
	outputs, err := run(ctx, blocks, folder, Program(t, root), variables)
	for i, b := range blocks {
		if b.output == "" || i >= len(outputs) {
			continue
		}
		if wrong := b.compare(outputs[i]); wrong != nil {
			t.Errorf("%s, after\n%s\n%s", page, b.script, wrong)
		}
	}
	require.NoError(t, err, page)
}

// run runs the blocks as one session and returns the output of each. The error has the last output and messages.
func run(ctx context.Context, blocks []block, dir, path string, variables []string) ([]string, error) {
	var script strings.Builder
	// else what it left running would be waited for
	script.WriteString("trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT\n")
	for _, b := range blocks {
		fmt.Fprintf(&script, "%s\necho\necho '%s'\n", b.script, mark)
	}
	session := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script.String())
	session.Dir = dir
	session.Env = append(append(os.Environ(), "PATH="+path+":"+os.Getenv("PATH"), "TENURE_HTTP=127.0.0.1:0",
		"TENURE_ADMIN=127.0.0.1:0", "TENURE_CONSOLE=127.0.0.1:0", "TENURE_KAFKA_PARTITIONS=3"), variables...)
	session.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what the script starts ends with it
	session.Cancel = func() error { return syscall.Kill(-session.Process.Pid, syscall.SIGKILL) }
	session.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	session.Stdout, session.Stderr = &stdout, &stderr
	err := session.Run()
	if session.Process != nil {
		_ = syscall.Kill(-session.Process.Pid, syscall.SIGTERM)
	}
	outputs := strings.Split(stdout.String(), mark)
	if err != nil {
		return outputs, fmt.Errorf("%w\n%s\n%s%s", err, tail(stdout.String()), tail(stderr.String()), logs(dir))
	}
	return outputs, nil
}

// tailMax is how much of a session's output an error shows, in bytes.
const tailMax = 4_000

func tail(s string) string { return s[max(0, len(s)-tailMax):] }

// logs are the ends of the logs that a session has left in its folder.
func logs(dir string) string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "*.log")) // fails on a pattern only
	for _, file := range files {
		text, _ := os.ReadFile(file) // what cannot be read has nothing to show
		fmt.Fprintf(&all, "\n%s:\n%s", filepath.Base(file), tail(string(text)))
	}
	return all.String()
}
