package golden

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files again")

// Compare compares got with the file at path, relative to the package's directory.
func Compare(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	how := fmt.Sprintf("go test ./%s -update rewrites %s", folder(t), path)
	want, err := os.ReadFile(path)
	require.NoError(t, err, how)
	require.Equal(t, string(want), got, how)
}

// folder is that of the package under test, from the root of the module.
func folder(t testing.TB) string {
	t.Helper()
	here, err := os.Getwd()
	require.NoError(t, err)
	for root := here; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil || root == filepath.Dir(root) {
			inside, err := filepath.Rel(root, here)
			require.NoError(t, err)
			return filepath.ToSlash(inside)
		}
	}
}
