package replay

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

func TestAReplayPublishesTheSameMessagesMarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 6)
	w.relay()
	o := order("week-30")
	o.Filter.Types = []string{"employee.*"}
	row := w.replay(o)

	original := map[string]bus.Message{}
	for _, m := range w.read(contract.EmployeeEvents) {
		original[string(m.Header("ce_id"))] = m
	}
	require.Len(t, original, 12)
	again := w.read("week-30")
	require.Len(t, again, 12)
	for _, m := range again {
		was := original[string(m.Header("ce_id"))]
		require.Equal(t, string(was.Key), string(m.Key))
		require.Equal(t, string(was.Value), string(m.Value))
		require.Equal(t, was.Partition, m.Partition, "as many partitions, the same key")
		for _, h := range was.Headers {
			require.Equal(t, string(h.Value), string(m.Header(h.Key)), h.Key)
		}
		require.Equal(t, "week-30", string(m.Header("ce_replay")))
		_, err := bus.DecodeEnvelope(m.Headers)
		require.NoError(t, err)
	}
	require.EqualValues(t, 12, row.Shards[0].Messages+row.Shards[1].Messages)
	require.Positive(t, row.Shards[0].Bytes)
	states, err := w.lookup.TopicStates(t.Context(), []string{"week-30"})
	require.NoError(t, err)
	require.EqualValues(t, environment.Partitions, states[0].Count())
}

func TestAReplayPublishesWhatItsFilterSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 4) // shard 1: employees 1 and 3, shard 0: 2 and 4; two positions each
	w.Exec("UPDATE events SET at = at + pos * interval '1 hour'")
	w.relay()
	all := []string{"0:1", "0:2", "0:2", "0:3", "0:4", "0:4", "1:1", "1:2", "1:2", "1:3", "1:4", "1:4"} // facts, and a line of each bill
	for _, row := range []struct {
		name     string
		from, to []string
		filter   Filter
		want     []string
	}{
		{name: "everything", want: all},
		{name: "from a position of one shard", from: []string{"1:3"}, want: []string{"1:3", "1:4", "1:4"}},
		{name: "positions of two shards", from: []string{"1:4", "0:1"}, to: []string{"0:1"}, want: []string{"0:1", "1:4", "1:4"}},
		{name: "since a time", from: []string{"2026-04-01T15:00:00Z"}, want: []string{"0:3", "0:4", "0:4", "1:3", "1:4", "1:4"}},
		{name: "before a time", to: []string{"2026-04-01T14:00:00Z"}, want: []string{"0:1", "1:1"}},
		{name: "between two times", from: []string{"2026-04-01T14:00:00Z"}, to: []string{"2026-04-01T15:00:00Z"}, want: []string{"0:2", "0:2", "1:2", "1:2"}},
		{name: "a day", from: []string{"2026-04-01"}, to: []string{"2026-04-02"}, want: all},
		{name: "a stream", filter: Filter{Streams: []string{"employee/000000000000000000000003"}}, want: []string{"1:3", "1:4", "1:4"}},
		{name: "streams like a pattern", filter: Filter{Streams: []string{"employee/*2", "employee/*3"}}, want: []string{"0:1", "0:2", "0:2", "1:3", "1:4", "1:4"}},
		{name: "a type", filter: Filter{Types: []string{"employee.created.v1"}}, want: []string{"0:1", "0:3", "1:1", "1:3"}},
		{name: "types like a pattern", filter: Filter{Types: []string{"billing.*"}}, want: []string{"0:2", "0:4", "1:2", "1:4"}},
		{name: "a shard", filter: Filter{Shards: []store.ShardID{0}, Types: []string{"employee.*"}}, want: []string{"0:1", "0:2", "0:3", "0:4"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := order("filter-" + fold(row.name))
			o.Filter = row.filter
			o.Filter.From, o.Filter.To = bounds(t, row.from), bounds(t, row.to)
			w.replay(o)
			require.ElementsMatch(t, row.want, header(w.read(o.Topic), "ce_position"))
		})
	}
}

// fold makes a name of a sentence.
func fold(sentence string) string {
	return string(slices.DeleteFunc([]byte(sentence), func(c byte) bool { return c == ' ' }))
}

func bounds(t *testing.T, texts []string) (all []Bound) {
	t.Helper()
	for _, text := range texts {
		b, err := ParseBound(text)
		require.NoError(t, err)
		all = append(all, b)
	}
	return all
}

func TestAmountsOfOtherLedgersAreReplayedOnlyWhenAskedAndToSeparateTopics(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 2)
	w.relay()
	all := order("all")
	all.Filter.Ledgers = []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost}
	w.replay(all)
	cost := order("margins")
	cost.Filter.Ledgers = []billing.Ledger{billing.Cost}
	w.replay(cost)

	for topic, want := range map[string]int{"all": 6, "all.wholesale": 2, "all.cost": 2, "margins.cost": 2} {
		messages := w.read(topic)
		require.Len(t, messages, want, topic)
		for _, m := range messages {
			require.Equal(t, topic == "all.wholesale", contains(m, "60.00"), topic)
			require.Equal(t, topic == "all.cost" || topic == "margins.cost", contains(m, "41.00"), topic)
		}
	}
	_, err := w.lookup.TopicStates(t.Context(), []string{"margins"})
	require.True(t, bus.NoTopic(err), "nothing for it, so that it is not made")
}

func contains(m bus.Message, text string) bool { return slices.Contains(amountsIn(m), text) }

// amountsIn finds the amounts of the sample bills in a message.
func amountsIn(m bus.Message) (found []string) {
	for _, amount := range []string{"95.00", "60.00", "41.00"} {
		if like("*"+amount+"*", string(m.Value)) {
			found = append(found, amount)
		}
	}
	return found
}

func TestAReplayThatIsPausedGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 40)
	w.relay()
	o := order("paused")
	o.Rate = 40 // pages of 10
	started, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, store.ReplayRunning, started.State)

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

func TestAReplayWhoseRunnerWasKilledGoesOnAtItsCheckpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 30)
	w.relay()
	o := order("killed")
	o.Filter.Types = []string{"employee.*"}
	o.Rate = 40
	_, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
	dying := &killed{Publisher: w.connect()}
	dying.calls.Store(2)
	r := w.runner()
	r.Publisher, r.Clock = dying, (&stopwatch{now: time.Now()}).clock()
	row, err := r.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, errKilled)
	require.Equal(t, store.ReplayRunning, row.State)
	w.Exec("UPDATE leases SET owner = 'dead', lease_until = now() + interval '300 ms' WHERE name = 'replay/killed'") // as if nothing were given back

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

func TestAReplayHasOneRunnerAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 10)
	w.relay()
	o := order("two-runners")
	_, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
	_, err = w.Lease(t.Context(), "replay/two-runners", []store.ShardID{0}, "the other one", time.Hour)
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

func TestARateIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 100) // 300 messages
	w.relay()
	for name, rate := range map[string]int64{"ten a second": 10, "a hundred a second": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := order("rate-" + fold(name))
			o.Rate = rate
			_, err := w.runner().Start(t.Context(), o)
			require.NoError(t, err)
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

func TestAReplayEndsWhereTheLogEndedWhenItWasStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 2)
	w.relay()
	o := order("ends")
	_, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
	w.hire(3, 10)
	row, err := w.runner().Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.EqualValues(t, 2, row.Shards[0].Position)
	require.Len(t, w.read("ends"), 6)
}

func TestReplayingEverythingTwiceChangesNothing(t *testing.T) {
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

func TestAnInterruptedReplayCanBeRunAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 20)
	w.relay()
	o := order("interrupted")
	o.Rate = 8
	_, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
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

func TestAStoppedEventStopsTheReplayBeforeIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(2, 2)
	w.AppendRaw(0, "employee/1", "employee.levitated.v9", []byte("{}"))
	o := order("unknown")
	_, err := w.runner().Start(t.Context(), o)
	require.NoError(t, err)
	_, err = w.runner().Run(t.Context(), o.Name)
	var stop *feed.Stop
	require.ErrorAs(t, err, &stop)
	require.Equal(t, feed.StopUnknownType, stop.Reason)
	require.Len(t, w.read("unknown"), 3, "what stands before it is published")
}
