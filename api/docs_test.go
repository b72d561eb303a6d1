package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sessionTime bounds the session of docs/api.md: it takes some ten seconds, most of them the start.
const sessionTime = 3 * time.Minute

// block is a part of the page: a script, and the answer that it shows, if any.
type block struct{ script, answer string }

// fences finds the blocks of a page.
var fences = regexp.MustCompile("(?ms)^```(sh|json)\n(.*?)^```$")

func blocksOf(t *testing.T, path string) (blocks []block) {
	t.Helper()
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, m := range fences.FindAllStringSubmatch(string(page), -1) {
		if m[1] == "sh" {
			blocks = append(blocks, block{script: m[2]})
			continue
		}
		blocks[len(blocks)-1].answer = m[2]
	}
	require.NotEmpty(t, blocks)
	return blocks
}

// mark separates the answers of the blocks.
const mark = "@@ end of block @@"

func TestTheSessionOfThePageRunsAsItSays(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), sessionTime)
	defer cancel()
	bin, dir := t.TempDir(), t.TempDir()
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", filepath.Join(bin, "tenure"), "../cmd/tenure")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	blocks := blocksOf(t, "../docs/api.md")
	var script strings.Builder
	for _, b := range blocks {
		fmt.Fprintf(&script, "%s\necho\necho '%s'\n", b.script, mark)
	}
	session := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script.String())
	session.Dir = dir
	session.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "TENURE_HTTP=127.0.0.1:0", "TENURE_ADMIN=127.0.0.1:0", "TENURE_KAFKA_PARTITIONS=3")
	session.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what the script starts ends with it
	session.Cancel = func() error { return syscall.Kill(-session.Process.Pid, syscall.SIGKILL) }
	var said, complained bytes.Buffer
	session.Stdout, session.Stderr = &said, &complained
	err = session.Run()
	if session.Process != nil {
		_ = syscall.Kill(-session.Process.Pid, syscall.SIGTERM)
	}
	require.NoError(t, err, "%s\n%s", said.String(), complained.String())

	answers := strings.Split(said.String(), mark)
	require.Len(t, answers, len(blocks)+1)
	for i, b := range blocks {
		if b.answer == "" {
			continue
		}
		var want, got any
		require.NoError(t, json.Unmarshal([]byte(b.answer), &want), b.answer)
		require.NoError(t, json.Unmarshal([]byte(answers[i]), &got), "%s\n%s", b.script, answers[i])
		require.Equal(t, want, blank(want, got), b.script)
	}
}

// anyValue is what a page shows of a value that differs from run to run.
const anyValue = "…"

// blank puts the sign for any value where the page has it.
func blank(want, got any) any {
	if want == anyValue {
		return anyValue
	}
	switch got := got.(type) {
	case map[string]any:
		if want, ok := want.(map[string]any); ok {
			for name := range got {
				got[name] = blank(want[name], got[name])
			}
		}
	case []any:
		if want, ok := want.([]any); ok && len(want) == len(got) {
			for i := range got {
				got[i] = blank(want[i], got[i])
			}
		}
	}
	return got
}
