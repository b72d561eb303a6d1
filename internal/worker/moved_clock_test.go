package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/clock"
	"tenure/internal/worker"
)

// A process whose looks at the clock come late decides by the time that the database has: the driver of the runs has
// seen it already.
func TestDecision_SeesAMoveOfTheSimulatedClockAtOnce(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-20T10:00:00Z")
	require.NoError(t, s.store.SetClock(t.Context(), s.clock.Now()))
	ctx, cancel := context.WithCancel(t.Context())
	late, err := clock.Follow(ctx, s.store)
	require.NoError(t, err)
	cancel()
	s.startWith(&worker.Worker{Clock: late})
	s.company()
	moved := time.Date(2026, 10, 21, 10, 0, 0, 0, time.UTC)
	require.NoError(t, s.store.SetClock(t.Context(), moved))
	hireFirst(s)
	require.Equal(t, moved, s.history(employeeID(1))[0].At.UTC())
}
