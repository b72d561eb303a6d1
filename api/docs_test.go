package api_test

import (
	"testing"

	"tenure/internal/handbook"
)

func TestTheSessionOfThePageRunsAsItSays(t *testing.T) {
	t.Parallel()
	handbook.Run(t, "..", "docs/api.md")
}
