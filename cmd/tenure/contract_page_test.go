package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/handbook"
)

func TestTheSessionOfTheContractRunsAsItsPageSays(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	handbook.Run(t, source, "docs/contract.md", "SOURCE="+source)
}
