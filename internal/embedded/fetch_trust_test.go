package embedded

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTrusted_RefusesWhatOthersCouldHaveFilled(t *testing.T) {
	t.Parallel()
	own := filepath.Join(t.TempDir(), "tenure")
	require.NoError(t, os.Mkdir(own, 0o755))
	require.NoError(t, trusted(own))
	require.NoError(t, trusted(filepath.Join(own, "not-yet")))
	require.NoError(t, os.Chmod(own, 0o777))
	require.ErrorContains(t, trusted(own), "can be written by others")
	require.NoError(t, os.Chmod(own, 0o755))
	if os.Geteuid() != 0 {
		return
	}
	require.NoError(t, os.Chown(own, 12345, 12345))
	require.ErrorContains(t, trusted(own), "belongs to another user")
}
