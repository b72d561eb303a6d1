package backoff_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/backoff"
)

func TestPolicy_PauseGrowsToItsBound(t *testing.T) {
	t.Parallel()
	p := backoff.Policy{First: 50 * time.Millisecond, Max: 5 * time.Second}
	for failures := range 100 {
		require.LessOrEqual(t, p.Pause(failures), p.Max)
		require.GreaterOrEqual(t, p.Pause(failures), p.First/2)
	}
	require.GreaterOrEqual(t, p.Pause(1_000_000), p.Max/2, "the longest pause is reached, without an overflow")
	require.LessOrEqual(t, p.Pause(2), 2*p.First)
}

func TestSleep_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	require.True(t, backoff.Sleep(t.Context(), time.Nanosecond))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, backoff.Sleep(ended, time.Hour))
}
