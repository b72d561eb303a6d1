package replay

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
	"tenure/internal/test/environment"
)

func TestRunner_AReplayPublishesTheSameMessagesMarked(t *testing.T) {
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

func TestRunner_AReplayPublishesWhatItsFilterSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 4) // shard 1: employees 1 and 3, shard 0: 2 and 4; two positions each
	w.Exec("UPDATE events SET at = (at AT TIME ZONE 'UTC' + pos * interval '1 hour') AT TIME ZONE 'UTC'")
	w.relay()
	// facts, and a line of each bill
	all := []string{"0:1", "0:2", "0:2", "0:3", "0:4", "0:4", "1:1", "1:2", "1:2", "1:3", "1:4", "1:4"}
	for _, row := range []struct {
		name     string
		from, to []string
		filter   Filter
		want     []string
	}{
		{name: "everything", want: all},
		{name: "from a position of one shard", from: []string{"1:3"}, want: []string{"1:3", "1:4", "1:4"}},
		{name: "positions of two shards", from: []string{"1:4", "0:1"}, to: []string{"0:1"},
			want: []string{"0:1", "1:4", "1:4"}},
		{name: "since a time", from: []string{"2026-04-01T15:00:00Z"},
			want: []string{"0:3", "0:4", "0:4", "1:3", "1:4", "1:4"}},
		{name: "before a time", to: []string{"2026-04-01T14:00:00Z"}, want: []string{"0:1", "1:1"}},
		{name: "between two times", from: []string{"2026-04-01T14:00:00Z"}, to: []string{"2026-04-01T15:00:00Z"},
			want: []string{"0:2", "0:2", "1:2", "1:2"}},
		{name: "a day", from: []string{"2026-04-01"}, to: []string{"2026-04-02"}, want: all},
		{name: "a stream", filter: Filter{Streams: []string{"employee/000000000000000000000003"}},
			want: []string{"1:3", "1:4", "1:4"}},
		{name: "streams like a pattern", filter: Filter{Streams: []string{"employee/*2", "employee/*3"}},
			want: []string{"0:1", "0:2", "0:2", "1:3", "1:4", "1:4"}},
		{name: "a type", filter: Filter{Types: []string{"employee.created.v1"}}, want: []string{"0:1", "0:3", "1:1", "1:3"}},
		{name: "types like a pattern", filter: Filter{Types: []string{"billing.*"}},
			want: []string{"0:2", "0:4", "1:2", "1:4"}},
		{name: "a shard", filter: Filter{Shards: []store.ShardID{0}, Types: []string{"employee.*"}},
			want: []string{"0:1", "0:2", "0:3", "0:4"}},
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

func TestRunner_AmountsOfOtherLedgersAreReplayedOnlyWhenAskedAndToSeparateTopics(t *testing.T) {
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
