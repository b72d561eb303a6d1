package replay

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/feed"
	"tenure/internal/store"
)

func TestRunner_AReplayThatIsPausedContinuesWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 40)
	w.relay()
	o := order("paused")
	o.Rate = 40 // pages of 10
	require.Equal(t, store.ReplayRunning, w.start(o).State)

	watch := &stopwatch{now: time.Now()}
	r := w.runner()
	r.Clock = watch.clock()
	r.Tell = func(now store.Replay) {
		if now.Shards[0].Position >= 20 {
			_, err := w.SetReplayState(t.Context(), o.Name, store.ReplayPaused)
			require.NoError(t, err)
		}
	}
	row, err := r.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, ErrPaused)
	require.Equal(t, store.ReplayPaused, row.State)
	require.False(t, row.Leased, "whoever resumes it need not wait")
	some := len(w.read("paused"))
	require.Positive(t, some)
	_, err = w.runner().Run(t.Context(), o.Name)
	require.ErrorIs(t, err, ErrPaused, "until an operator lets it run")
	require.Len(t, w.read("paused"), some)

	resumed, err := w.SetReplayState(t.Context(), o.Name, store.ReplayRunning)
	require.NoError(t, err)
	require.True(t, resumed)
	r.Tell = nil
	row, err = r.Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.Equal(t, store.ReplayDone, row.State)
	require.Len(t, w.read("paused"), 40*3, "each once: two facts and a line for each")
	again, err := r.Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.Equal(t, row, again, "what is done is done")
}

func TestRunner_AReplayWhoseRunnerWasKilledContinuesAtItsCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 30)
	w.relay()
	o := order("killed")
	o.Filter.Types = []string{"employee.*"}
	o.Rate = 40
	w.start(o)
	dying := &killed{Publisher: w.connect()}
	dying.calls.Store(2)
	r := w.runner()
	r.Publisher, r.Clock = dying, (&stopwatch{now: time.Now()}).clock()
	row, err := r.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, errKilled)
	require.Equal(t, store.ReplayRunning, row.State)
	// as if nothing were given back
	w.Exec("UPDATE leases SET owner = 'dead', lease_until = now() + interval '300 ms' WHERE name = 'replay/killed'")

	row, err = w.runner().Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.Equal(t, store.ReplayDone, row.State)
	published := w.read("killed")
	require.Len(t, published, 60+10, "the page that nobody heard of was published again")
	require.Len(t, distinct(header(published, "ce_id")), 60)
	first := map[string][]string{}
	for _, m := range published {
		key := string(m.Key)
		if id := string(m.Header("ce_id")); !slices.Contains(first[key], id) {
			first[key] = append(first[key], id)
		}
	}
	for _, m := range w.read(contract.EmployeeEvents) {
		key := string(m.Key)
		require.Equal(t, string(m.Header("ce_id")), first[key][0], "first occurrences of a key are in order")
		first[key] = first[key][1:]
	}
}

func distinct(all []string) map[string]bool {
	out := map[string]bool{}
	for _, one := range all {
		out[one] = true
	}
	return out
}

func TestRunner_AReplayHasOneRunnerAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 10)
	w.relay()
	o := order("two-runners")
	w.start(o)
	_, err := w.Lease(t.Context(), "replay/two-runners", []store.ShardID{0}, "the other one", time.Hour)
	require.NoError(t, err)
	r := w.runner()
	r.Clock = (&stopwatch{now: time.Now()}).clock()
	_, err = r.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, ErrHeld)
	taken, err := w.Lease(t.Context(), "replay/two-runners", []store.ShardID{1}, "a third", time.Hour)
	require.NoError(t, err)
	require.Len(t, taken, 1, "what it could get was given back")

	lost := w.runner()
	lost.Tell = func(store.Replay) {
		w.Exec("UPDATE subscriptions SET epoch = epoch + 1 WHERE name = 'replay/two-runners'")
	}
	w.Exec("UPDATE leases SET lease_until = now() WHERE name LIKE 'replay/%'")
	_, err = lost.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, store.ErrLeaseLost, "a runner that lost its lease moves nothing")
}

func TestRunner_ARateIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 100) // 300 messages
	w.relay()
	for name, rate := range map[string]int64{"ten a second": 10, "a hundred a second": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := order("rate-" + fold(name))
			o.Rate = rate
			w.start(o)
			began := time.Now()
			watch := &stopwatch{now: began}
			r := w.runner()
			r.Clock, r.LeaseTTL = watch.clock(), time.Hour
			row, err := r.Run(t.Context(), o.Name)
			require.NoError(t, err)
			require.Equal(t, store.ReplayDone, row.State)
			took := watch.now.Sub(began)
			want := 300 * time.Second / time.Duration(rate)
			require.InDelta(t, want.Seconds(), took.Seconds(), 2, "by the clock that it waits for")
			require.Greater(t, len(watch.waits), 5, "a flow, not one wave")
		})
	}
}

func TestRunner_AReplayEndsWhereTheLogEndedWhenItWasStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 2)
	w.relay()
	o := order("ends")
	w.start(o)
	w.hire(3, 10)
	row, err := w.runner().Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.EqualValues(t, 2, row.Shards[0].Position)
	require.Len(t, w.read("ends"), 6)
}

func TestRunner_ReplayingEverythingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 20)
	w.relay()
	before, published := w.digest(), len(w.read(contract.EmployeeEvents))
	for _, name := range []string{"once", "twice"} {
		o := order(name)
		o.Topic = "again"
		w.replay(o)
	}
	missing := Request{Name: "missing", Topic: contract.EmployeeEvents, Missing: true}
	row := w.replay(missing)
	require.Zero(t, row.Shards[0].Messages, "nothing is missing")
	require.Len(t, w.read("again"), 2*60)
	require.Len(t, w.read(contract.EmployeeEvents), published)
	w.relay()
	require.Equal(t, before, w.digest())
}

func TestRunner_AnInterruptedReplayCanBeRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 20)
	w.relay()
	o := order("interrupted")
	o.Rate = 8
	w.start(o)
	ctx, cancel := context.WithCancel(t.Context())
	r := w.runner()
	r.Clock = (&stopwatch{now: time.Now()}).clock()
	r.Tell = func(store.Replay) { cancel() }
	row, err := r.Run(ctx, o.Name)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, store.ReplayRunning, row.State)
	require.False(t, row.Leased)
	row, err = w.runner().Run(t.Context(), "nobody")
	require.ErrorIs(t, err, ErrUnknown)
	require.Empty(t, row.Name)
	r.Tell = nil
	row, err = r.Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.Equal(t, store.ReplayDone, row.State)
	require.Len(t, w.read("interrupted"), 60)
}

func TestRunner_AStoppedEventStopsTheReplayBeforeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(2, 2)
	w.AppendRaw(0, "employee/1", "employee.levitated.v9", []byte("{}"))
	o := order("unknown")
	w.start(o)
	_, err := w.runner().Run(t.Context(), o.Name)
	var stop *feed.Stop
	require.ErrorAs(t, err, &stop)
	require.Equal(t, feed.StopUnknownType, stop.Reason)
	require.Len(t, w.read("unknown"), 3, "what stands before it is published")
}
