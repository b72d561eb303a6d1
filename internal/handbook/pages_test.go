package handbook_test

import (
	"testing"

	"tenure/internal/handbook"
)

func TestTheRunbookOfRunsDoesWhatItSays(t *testing.T) {
	t.Parallel()
	handbook.Run(t, "../..", "docs/runs.md")
}
