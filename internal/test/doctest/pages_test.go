package doctest_test

import (
	"os/exec"
	"testing"

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
