package api_test

import (
	"testing"

	"tenure/internal/test/doctest"
)

func TestAPIPage_SessionRuns(t *testing.T) {
	t.Parallel()
	doctest.Run(t, "..", "docs/api.md")
}
