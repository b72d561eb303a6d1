package replay

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/store"
	"tenure/internal/test/running"
)

// refill starts one that reports the topics that have everything again.
func (w *world) refill() (f *Refill, filled chan string) {
	w.t.Helper()
	filled = make(chan string, 10)
	f = NewRefill(w.runner(), running.Log())
	f.settle, f.Filled = time.Millisecond, func(topic string) { filled <- topic }
	running.Start(w.t, f.Run)
	return f, filled
}

// Partitions of two topics lose messages that were published. They are published again without an operator.
func TestRefill_PublishesAgainWhatTopicsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 60)
	w.relay()
	before := map[string]int{}
	for _, topic := range []string{contract.EmployeeEvents, contract.EmployeeOutcomes} {
		before[topic] = len(w.read(topic))
		w.truncate(topic, 0, 7)
		w.truncate(topic, 1, 7)
		require.Len(t, w.read(topic), before[topic]-14)
	}
	f, filled := w.refill()
	f.TailLost(contract.EmployeeEvents, 0, 7)
	f.TailLost(contract.EmployeeEvents, 1, 7)
	f.TailLost(contract.EmployeeOutcomes, 0, 7)
	require.ElementsMatch(t, []string{contract.EmployeeEvents, contract.EmployeeOutcomes},
		[]string{received(t, filled), received(t, filled)})
	for topic, messages := range before {
		require.Len(t, w.read(topic), messages, topic)
		plan, err := w.runner().Plan(t.Context(), missing("look", topic))
		require.NoError(t, err)
		require.Zero(t, plan.Messages, topic)
	}
	replays, err := w.Replays(t.Context())
	require.NoError(t, err)
	require.Len(t, replays, 2)
	for _, r := range replays {
		require.Equal(t, lostBy, r.Who)
		require.EqualValues(t, 14, published(r))
	}
}

func TestRefill_ContinuesWhatAFormerProcessHasBegun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 20)
	w.relay()
	w.truncate(contract.EmployeeEvents, 0, 3)
	begun := missing("lost-before", contract.EmployeeEvents)
	begun.Who = lostBy
	w.start(begun)
	other := missing("operators", contract.EmployeeEvents)
	w.start(other)
	w.refill()
	require.Eventually(t, func() bool {
		row, found, err := w.Replay(t.Context(), begun.Name)
		require.NoError(t, err)
		require.True(t, found)
		return row.State == store.ReplayDone
	}, patience, 20*time.Millisecond)
	row, _, err := w.Replay(t.Context(), other.Name)
	require.NoError(t, err)
	require.Equal(t, store.ReplayRunning, row.State, "an operator's replay is its own")
}

// What a former process has begun may be held by it still: it was stopped, or its lease has not run out.
func TestRefill_ComesBackToWhatAFormerProcessHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 20)
	w.relay()
	w.truncate(contract.EmployeeEvents, 0, 3)
	begun := missing("lost-before", contract.EmployeeEvents)
	begun.Who = lostBy
	row := w.start(begun)
	_, err := w.Lease(t.Context(), row.Reader(), []store.ShardID{row.Shards[0].Shard}, "the former one", time.Hour)
	require.NoError(t, err)

	began := time.Now()
	watch := &stopwatch{now: began}
	f := NewRefill(w.runner(), running.Log())
	f.Runner.Clock = watch.clock()
	running.Start(t, f.Run)
	state := func() string {
		row, found, err := w.Replay(t.Context(), begun.Name)
		require.NoError(t, err)
		require.True(t, found)
		return row.State
	}
	attempt := 2*f.Runner.LeaseTTL + f.Runner.LeaseTTL/renewals // after which it gives up
	require.Eventually(t, func() bool {
		return f.Runner.Clock.Now().Sub(began) > attempt
	}, patience, 20*time.Millisecond, "the first attempt was all")
	require.Equal(t, store.ReplayRunning, state())
	w.Exec("UPDATE leases SET lease_until = now() WHERE name LIKE 'replay/%'")
	require.Eventually(t, func() bool { return state() == store.ReplayDone }, patience, 20*time.Millisecond)
	plan, err := w.runner().Plan(t.Context(), missing("look", contract.EmployeeEvents))
	require.NoError(t, err)
	require.Zero(t, plan.Messages)
}

func received(t *testing.T, from chan string) string {
	t.Helper()
	select {
	case what := <-from:
		return what
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
	}
	return ""
}
