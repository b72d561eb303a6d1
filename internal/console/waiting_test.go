package console

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/scheduler"
)

// TestWaiting_NoPageWaitsForASlowBroker asks a broker that takes ten seconds, and one that is away.
func TestWaiting_NoPageWaitsForASlowBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var err error
		h := &console{waits: newWaiting(), Config: Config{
			Machine: time.Now, Policy: billing.DefaultPolicy(),
			Waiting: func(ctx context.Context) (map[string]int64, error) {
				<-time.After(10 * time.Second)
				return map[string]int64{"employee.commands/0": 7}, err
			},
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- h.countWaiting(ctx) }()

		begun := time.Now()
		_, unknown := h.waitingCommands(t.Context())
		require.ErrorIs(t, unknown, errNotAsked)
		require.Equal(t, waitingFirst, time.Since(begun), "the first page may wait a little")
		<-time.After(waitingMax)
		for range 3 {
			begun = time.Now()
			by, known := h.waitingCommands(t.Context())
			require.NoError(t, known)
			require.Equal(t, int64(7), by["employee.commands/0"])
			require.LessOrEqual(t, time.Since(begun), waitingPatience, "the last count is shown meanwhile")
		}
		<-time.After(waitingMax)
		err = errors.New("no broker")
		_, known := h.waitingCommands(t.Context())
		require.NoError(t, known, "the last count is less than a minute old")
		<-time.After(2 * waitingKept)
		begun = time.Now()
		_, unknown = h.waitingCommands(t.Context())
		require.ErrorContains(t, unknown, "not known since ")
		require.Equal(t, waitingPatience, time.Since(begun))
		stop()
		require.NoError(t, <-ended)
	})
}

func TestSwitches_ListEveryBound(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, bound := range (&console{Config: Config{Bounds: scheduler.DefaultBounds()}}).bounds() {
		require.Equal(t, bound.Default, bound.Value, bound.Name)
		listed[bound.Name] = true
	}
	require.Len(t, listed, reflect.TypeFor[scheduler.Bounds]().NumField(), "each field of the bounds has a line")
}
