package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

func TestShards_ASingleServerHasNothingToMove(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "it is one")
	for _, args := range [][]string{{"list"}, {"move", "--reason", "a third node", "--yes"}} {
		got := on(t, exitUsage, append([]string{"shards"}, args...)...)
		require.Contains(t, got.err, "not the coordinator of a cluster")
	}
}
