package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/doctest"
)

func TestContract_TheSessionOfTheContractRunsAsItsPageSays(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	doctest.Run(t, source, "docs/contract.md", "SOURCE="+source)
}
