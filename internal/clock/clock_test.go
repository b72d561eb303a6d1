package clock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/clock"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
)

func TestMain(m *testing.M) { environment.Main(m) }

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = running.Patience

var noon = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

// stands waits until a clock shows a time.
func stands(t *testing.T, c clock.Clock, at time.Time) {
	t.Helper()
	require.Eventually(t, func() bool { return c.Now().Equal(at) }, patience, 5*time.Millisecond, "%s", at)
}

func TestFollow_WithoutASimulatedClockItIsTheMachines(t *testing.T) {
	t.Parallel()
	c, err := clock.Follow(t.Context(), environment.Store(t, environment.Database(t)))
	require.NoError(t, err)
	assert.Equal(t, clock.System{}, c)
	before := time.Now()
	now := c.Now()
	assert.False(t, now.Before(before))
	assert.Equal(t, time.UTC, now.Location())
}

func TestSimulated_AllProcessesSeeTheSameTime(t *testing.T) {
	t.Parallel()
	dsn := environment.Database(t)
	person := environment.Store(t, dsn)
	require.NoError(t, person.SetClock(t.Context(), noon))
	var clocks []clock.Clock
	for range 3 {
		c, err := clock.Follow(t.Context(), environment.Store(t, dsn))
		require.NoError(t, err)
		assert.Equal(t, noon, c.Now(), "it stands where it was set before the process came")
		assert.Equal(t, time.UTC, c.Now().Location())
		clocks = append(clocks, c)
	}
	require.NoError(t, person.SetClock(t.Context(), noon.Add(36*time.Hour)))
	for _, c := range clocks {
		stands(t, c, noon.Add(36*time.Hour))
	}
}

func TestSimulated_NeverGoesBack(t *testing.T) {
	t.Parallel()
	s := environment.Store(t, environment.Database(t))
	require.NoError(t, s.SetClock(t.Context(), noon))
	c, err := clock.Follow(t.Context(), s)
	require.NoError(t, err)
	require.ErrorIs(t, s.SetClock(t.Context(), noon.Add(-time.Second)), store.ErrClockBack)
	require.NoError(t, s.SetClock(t.Context(), noon), "to where it stands is no step back")
	require.NoError(t, s.SetClock(t.Context(), noon.Add(time.Second)))
	stands(t, c, noon.Add(time.Second))
}

func TestFollow_AClockThatIsNoLongerFollowedIsHeld(t *testing.T) {
	t.Parallel()
	s := environment.Store(t, environment.Database(t))
	require.NoError(t, s.SetClock(t.Context(), noon))
	ctx, cancel := context.WithCancel(t.Context())
	ended, err := clock.Follow(ctx, s)
	require.NoError(t, err)
	cancel()
	other, err := clock.Follow(t.Context(), s)
	require.NoError(t, err)
	for hour := 1; hour <= 3; hour++ { // the first move may still be seen by a look that was under way
		require.NoError(t, s.SetClock(t.Context(), noon.Add(time.Duration(hour)*time.Hour)))
		stands(t, other, noon.Add(time.Duration(hour)*time.Hour))
	}
	assert.True(t, ended.Now().Before(noon.Add(3*time.Hour)))
}

func TestFollow_ADatabaseThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := clock.Follow(ctx, environment.Store(t, environment.Database(t)))
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, err, "clock: ")
}

func TestSimulated_SeesATimeThatWasReadElsewhere(t *testing.T) {
	t.Parallel()
	s := environment.Store(t, environment.Database(t))
	require.NoError(t, s.SetClock(t.Context(), noon))
	ctx, cancel := context.WithCancel(t.Context())
	c, err := clock.Follow(ctx, s)
	require.NoError(t, err)
	cancel() // it hears of nothing by itself any more
	simulated, ok := c.(*clock.Simulated)
	require.True(t, ok)
	moved := simulated.Moved()
	simulated.See(noon.Add(-time.Hour))
	simulated.See(noon)
	simulated.See(time.Time{})
	assert.Equal(t, noon, c.Now(), "an older reading, or none, is no news")
	select {
	case <-moved:
		t.Fatal("it has not moved")
	default:
	}
	simulated.See(noon.Add(time.Hour))
	<-moved
	assert.Equal(t, noon.Add(time.Hour), c.Now())
	select {
	case <-simulated.Moved():
		t.Fatal("it has not moved since")
	default:
	}
}

func TestSimulated_MovedIsClosedByAMoveOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dsn := environment.Database(t)
	person := environment.Store(t, dsn)
	require.NoError(t, person.SetClock(t.Context(), noon))
	c, err := clock.Follow(t.Context(), environment.Store(t, dsn))
	require.NoError(t, err)
	simulated, ok := c.(*clock.Simulated)
	require.True(t, ok)
	for hour := 1; hour <= 3; hour++ {
		moved := simulated.Moved()
		require.NoError(t, person.SetClock(t.Context(), noon.Add(time.Duration(hour)*time.Hour)))
		<-moved
		assert.Equal(t, noon.Add(time.Duration(hour)*time.Hour), c.Now())
	}
}
