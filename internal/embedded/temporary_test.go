package embedded

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTemporary_OnlyAbandonedTemporaryDirectoriesAreSwept(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	held := filepath.Join(parent, temporaryPrefix+"held")
	lock, err := lockDir(held)
	require.NoError(t, err)
	defer lock.release()
	abandoned := filepath.Join(parent, temporaryPrefix+"abandoned")
	require.NoError(t, os.MkdirAll(filepath.Join(abandoned, "server", "data"), 0o700))
	foreign := filepath.Join(parent, "foreign")
	require.NoError(t, os.Mkdir(foreign, 0o700))

	sweepTemporary(parent, time.Now())
	require.DirExists(t, abandoned, "it may be in the making")

	sweepTemporary(parent, time.Now().Add(2*temporaryAgeMin))
	require.NoDirExists(t, abandoned)
	require.DirExists(t, held)
	require.DirExists(t, foreign)
}
