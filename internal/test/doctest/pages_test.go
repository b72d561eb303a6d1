package doctest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/doctest"
)

func TestPages_TheRunbookOfRuns(t *testing.T) {
	t.Parallel()
	doctest.Run(t, "../../..", "docs/runs.md")
}

func TestPages_TheRunbookOfRestores(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	doctest.Run(t, "../../..", "docs/restore.md")
}

// Two builds of this tree, which differ in their version only: a clone may have no older commit to build.
func TestPages_UpgradeAndRollbackWithTwoBuilds(t *testing.T) {
	t.Parallel()
	builds := t.TempDir()
	for _, version := range []string{"1", "2"} {
		doctest.Build(t, "../../..", filepath.Join(builds, "tenure-"+version), "-X main.release=v"+version)
	}
	doctest.Run(t, "../../..", "docs/upgrade.md", "PATH="+builds+":"+os.Getenv("PATH"))
}

// The page expects the folder of a clone.
func TestPages_TheReadme(t *testing.T) {
	t.Parallel()
	clone := t.TempDir()
	examples, err := filepath.Abs("../../../examples")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(examples, filepath.Join(clone, "examples")))
	doctest.RunIn(t, "../../..", "README.md", clone)
}

func TestPages_AProviderConfirmsDeletions(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs("../../..")
	require.NoError(t, err)
	doctest.Run(t, source, "docs/provider.md", "SOURCE="+source)
}
