package replay

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// missing is the order to fill one of our topics.
func missing(name, topic string) Request {
	return Request{Name: name, Topic: topic, Missing: true, Reason: "the topic lost some", Who: "tester"}
}

// byKey lists the ids of each key, by offset.
func byKey(messages []bus.Message) map[string][]string {
	ids := map[string][]string{}
	for _, m := range messages {
		ids[string(m.Key)] = append(ids[string(m.Key)], string(m.Header("ce_id")))
	}
	return ids
}

func TestMissing_ATopicThatWasTruncatedIsFilledWithExactlyWhatItLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 60)
	w.relay()
	all := w.read(contract.EmployeeEvents)
	lost := map[string]bus.Message{}
	for _, m := range all {
		if m.Offset < 7 && m.Partition < 2 {
			lost[string(m.Header("ce_id"))] = m
		}
	}
	require.Len(t, lost, 14, "two partitions lost seven each")
	w.truncate(contract.EmployeeEvents, 0, 7)
	w.truncate(contract.EmployeeEvents, 1, 7)

	o := missing("refill", contract.EmployeeEvents)
	plan, err := w.runner().Plan(t.Context(), o)
	require.NoError(t, err)
	require.EqualValues(t, 14, plan.Messages)
	require.EqualValues(t, 120-14, plan.Has)
	require.Len(t, w.read(contract.EmployeeEvents), 120-14, "a plan publishes nothing")

	w.replay(o)
	after := w.read(contract.EmployeeEvents)
	require.Len(t, after, 120)
	ids := map[string][]string{}
	for _, m := range after {
		was, again := lost[string(m.Header("ce_id"))]
		require.Equal(t, again, string(m.Header("ce_replay")) == "refill")
		if again {
			require.Equal(t, was.Partition, m.Partition)
			require.Equal(t, string(was.Value), string(m.Value))
			require.Equal(t, string(was.Header("ce_position")), string(m.Header("ce_position")))
			ids[string(m.Key)] = append(ids[string(m.Key)], string(m.Header("ce_id")))
		}
	}
	for key, order := range ids {
		before := byKey(all)[key]
		require.True(t, slices.Equal(order, before[:len(order)]), "in the order of the log for each key")
	}
	plan, err = w.runner().Plan(t.Context(), o)
	require.NoError(t, err)
	require.Zero(t, plan.Messages)
}

func TestMissing_ATopicThatWasRecreatedIsFilledFromTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 30)
	w.relay()
	for _, topic := range []string{contract.EmployeeEvents, contract.BillingLines, contract.BillingLinesCost,
		contract.EmployeeOutcomes} {
		before := w.read(topic)
		require.NotEmpty(t, before)
		w.recreate(topic)
		w.replay(missing("again-"+topic, topic))
		after := w.read(topic)
		require.Equal(t, distinct(header(before, "ce_id")), distinct(header(after, "ce_id")), topic)
		require.Len(t, after, len(before), topic)
	}
	w.hire(31, 32)
	w.relay()
	require.Len(t, distinct(header(w.read(contract.EmployeeEvents), "ce_id")), 64,
		"the relay, whose publisher knew the old topics, goes on behind it")
}

func TestMissing_ALineThatIsLostAloneIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bill := manyLines(1, 6)
	w.Append(1, bill...)
	w.relay()
	all := w.read(contract.BillingLines)
	require.Len(t, all, 6, "one event, six lines")
	w.truncate(contract.BillingLines, all[0].Partition, 2)
	w.replay(missing("lines", contract.BillingLines))
	after := w.read(contract.BillingLines)
	require.ElementsMatch(t, header(all, "ce_id"), header(after, "ce_id"))
	require.Equal(t, header(all[:2], "ce_id"), header(after[4:], "ce_id"), "the two that were lost, in their order")
}

func TestMissing_WhatTheRelayHasNotPublishedYetIsNotMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 4)
	w.relay()
	w.hire(5, 8)
	w.replayed(missing("early", contract.EmployeeEvents), 0)
	w.relay()
	require.Len(t, w.read(contract.EmployeeEvents), 16, "each once")
}

// replayed runs an order and expects so many messages.
func (w *world) replayed(o Request, want int64) {
	w.t.Helper()
	sum := int64(0)
	for _, shard := range w.replay(o).Shards {
		sum += shard.Messages
	}
	require.Equal(w.t, want, sum)
}

func TestMissing_OnlyAPartOfWhatIsMissingCanBeFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 10)
	w.relay()
	w.recreate(contract.EmployeeEvents)
	o := missing("shard-1", contract.EmployeeEvents)
	o.Filter.Shards = []store.ShardID{1}
	w.replayed(o, 10)
	o = missing("created", contract.EmployeeEvents)
	o.Filter.Types = []string{"employee.created.*"}
	w.replayed(o, 5)
	w.replayed(missing("rest", contract.EmployeeEvents), 5)
	require.Len(t, w.read(contract.EmployeeEvents), 20)
}

func TestMissing_ATopicThatKnowsMoreThanTheLogIsNotFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 4)
	w.relay()
	stranger := bus.Message{Topic: contract.EmployeeEvents, Key: []byte("k"), Value: []byte("{}")}
	ahead := stranger
	ahead.Headers = bus.Envelope{
		ID: "8b1f3f0e-7f5c-5c2f-9a39-0d6f5b1c2d3e", Type: "employee.created.v1", Source: "tenure", Subject: "k",
		Position: "1:5",
	}.Headers()
	require.NoError(t, w.publisher.Publish(t.Context(), []bus.Message{stranger}))
	plan, err := w.runner().Plan(t.Context(), missing("foreign", contract.EmployeeEvents))
	require.NoError(t, err)
	require.EqualValues(t, 1, plan.Foreign)
	require.NoError(t, w.publisher.Publish(t.Context(), []bus.Message{ahead}))
	_, err = w.runner().Plan(t.Context(), missing("ahead", contract.EmployeeEvents))
	require.ErrorIs(t, err, ErrAhead)
	require.ErrorContains(t, err, "5 in shard 1, whose log ends at 4")
}

func TestMissing_FillingATopicContinuesAfterAKillWithoutRepeating(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 40)
	w.relay()
	w.recreate(contract.EmployeeEvents)
	o := missing("killed", contract.EmployeeEvents)
	o.Rate = 40
	w.start(o)
	dying := &killed{Publisher: w.connect()}
	dying.calls.Store(3)
	r := w.runner()
	r.Publisher, r.Clock = dying, (&stopwatch{now: time.Now()}).clock()
	_, err := r.Run(t.Context(), o.Name)
	require.ErrorIs(t, err, errKilled)
	_, err = w.runner().Run(t.Context(), o.Name)
	require.NoError(t, err)
	require.Len(t, w.read(contract.EmployeeEvents), 80, "what the killed one published is not missing any more")
}

func TestMissing_ATopicThatIsNotThereMustBeMadeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire(1, 2)
	w.relay()
	w.remove(contract.BillingLines)
	_, err := w.runner().Start(t.Context(), missing("gone", contract.BillingLines))
	require.True(t, bus.NoTopic(err), "%v", err)
	require.ErrorContains(t, err, "tenure topics create --yes")
}
