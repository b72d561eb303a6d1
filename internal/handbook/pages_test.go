package handbook_test

import (
	"os/exec"
	"testing"

	"tenure/internal/handbook"
)

func TestTheRunbookOfRunsDoesWhatItSays(t *testing.T) {
	t.Parallel()
	handbook.Run(t, "../..", "docs/runs.md")
}

func TestTheRunbookOfRestoresDoesWhatItSays(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pg_dump", "pg_restore", "psql"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	handbook.Run(t, "../..", "docs/restore.md")
}
