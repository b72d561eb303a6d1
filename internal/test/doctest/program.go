package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is tenure as the tests of a process share it: linking it takes seconds. The last one that uses it removes it.
var program struct {
	sync.Mutex
	folder string
	users  int
}

// Program builds tenure, unless a test that is still running has, and returns its folder.
func Program(t *testing.T, root string) string {
	t.Helper()
	program.Lock()
	defer program.Unlock()
	if program.users == 0 {
		folder, err := os.MkdirTemp("", "tenure-program-")
		require.NoError(t, err)
		program.folder = folder
		Build(t, root, filepath.Join(folder, "tenure"))
	}
	program.users++
	t.Cleanup(func() {
		program.Lock()
		defer program.Unlock()
		if program.users--; program.users == 0 {
			_ = os.RemoveAll(program.folder)
		}
	})
	return program.folder
}

// Build builds tenure as a file, without tables for a debugger; flags are further ones of the linker.
func Build(t *testing.T, root, file string, flags ...string) {
	t.Helper()
	linked := strings.Join(append([]string{"-s", "-w"}, flags...), " ")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", linked, "-o", file, "./cmd/tenure")
	build.Dir = root
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
}
