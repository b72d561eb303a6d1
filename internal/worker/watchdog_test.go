package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWatch_AbandonsWhatMakesNoProgress(t *testing.T) {
	t.Parallel()
	o := &owner{Worker: &Worker{}}
	o.SetWatchdogTick(2 * time.Millisecond)
	b, blocked := &batch{owner: o}, make(chan struct{})
	t.Cleanup(func() { close(blocked) })
	failed, err := b.decideEach(2, func(i int) error {
		if i == 1 {
			<-blocked
		}
		return nil
	})
	require.Equal(t, 1, failed)
	require.ErrorContains(t, err, "has not ended after 20ms")
	require.True(t, b.abandoned.Load(), "should it end after all, it stops before the next item")
}

func TestWatch_LeavesTimeToADecisionWhoseProcessGetsNoProcessor(t *testing.T) {
	t.Parallel()
	o := &owner{Worker: &Worker{watchdogTick: time.Millisecond}}
	looks, starved := 0, make(chan struct{})
	o.processorTime = func() time.Duration { // of the ten milliseconds that it may take it gets nine
		if looks++; looks == 5*watchdogTicksMax {
			close(starved)
		}
		return min(time.Duration(looks)*time.Millisecond, 9*time.Millisecond)
	}
	_, err := (&batch{owner: o}).decideEach(1, func(int) error {
		<-starved
		return nil
	})
	require.NoError(t, err)
}

func TestWatch_LetsManyShortDecisionsTakeLong(t *testing.T) {
	t.Parallel()
	b := &batch{owner: &owner{Worker: &Worker{watchdogTick: 20 * time.Millisecond}}}
	_, err := b.decideEach(40, func(int) error {
		<-time.After(10 * time.Millisecond)
		return nil
	})
	require.NoError(t, err)
}
