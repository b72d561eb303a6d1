package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/kafkatest"
)

// TestTopicsGrow_AddsShardsWhileWorkersRun gives the topic more partitions beside a running worker, and starts another
// one afterwards with the settings of before.
func TestTopicsGrow_AddsShardsWhileWorkersRun(t *testing.T) {
	t.Parallel()
	p := startParts(t)
	p.kafka.Tune = kafkatest.Attentive
	p.process(t)
	s, err := store.Open(t.Context(), store.Config{DSN: p.dsn})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.Eventually(t, func() bool {
		g, err := s.GrowthOf(t.Context(), store.FamilyEmployee)
		require.NoError(t, err)
		return g.Complete()
	}, 5*time.Minute, 20*time.Millisecond, "the shards have owners")

	shown := p.do(t, exitUsage, "topics", "grow", "--partitions", "4")
	require.Contains(t, shown.out, "employee.commands           2       4       2       0")
	require.Contains(t, shown.err, "cannot be removed")
	refused := p.do(t, exitRefused, "topics", "grow", "--partitions", "5", "--yes")
	require.Contains(t, refused.err, "give a multiple of that, at most 1024")
	done := p.do(t, 0, "topics", "grow", "--partitions", "4", "--yes", "--timeout", "5m")
	require.Contains(t, done.out, "employee.commands           4       4       4       0")
	require.Contains(t, p.do(t, exitNothing, "topics", "grow", "--partitions", "4", "--yes").err, "each of them a shard")
	require.Contains(t, p.do(t, exitRefused, "topics", "grow", "--partitions", "2", "--yes").err, "none can be removed")

	p.process(t)
	p.do(t, 0, "audit")
	require.NotContains(t, p.do(t, 0, "check").out, "the configuration says")
}
