package relay

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/test/environment"
	"tenure/internal/test/feedtest"
)

// hidden are brokers of which the ends of topics show nothing, as where the messages of others follow, and what was
// asked for by name.
type hidden struct {
	*brokers
	unsure bool
	asked  map[bus.End]bool
}

func (h *hidden) Tail(context.Context, []string, bus.TailBounds, func(bus.Message) error) error {
	return nil
}

func (h *hidden) Verify(_ context.Context, ends []bus.End) error {
	h.asked = map[bus.End]bool{}
	for _, e := range ends {
		h.asked[e] = true
	}
	return nil
}

func (h *hidden) Sure(string, int32) bool { return !h.unsure }

// last are the last messages of each partition of a topic.
func (b *brokers) last(topic string) map[bus.End]bool {
	b.t.Helper()
	ends := map[int32]bus.End{}
	require.NoError(b.t, b.lookup.ReadAll(b.t.Context(), []string{topic}, nil, func(m bus.Message) error {
		ends[m.Partition] = bus.EndOf(m)
		return nil
	}))
	all := map[bus.End]bool{}
	for _, e := range ends {
		all[e] = true
	}
	return all
}

// Under a new lease a relay looks for the last message that the shard has in each partition, however long ago that was,
// and for those that a former lease published without moving its checkpoint, once it has passed them by.
func TestTailEnds_WhatWasPublishedLastIsLookedForUnderANewLease(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	hire(j, 1, 1, 40) // in each partition some
	relayed(t, db, kafka)
	want := kafka.last(contract.EmployeeEvents)
	require.Len(t, want, environment.Partitions)
	h := &hidden{brokers: kafka}
	require.NoError(t, take(t, db, eventsRelay(db, h), 1))
	require.Equal(t, want, h.asked)

	hire(j, 1, 41, 80)
	killed := &cut{brokers: kafka}
	killed.keep.Store(40)
	killed.cuts.Store(1)
	require.ErrorIs(t, take(t, db, eventsRelay(db, killed), 1), errCut)
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	require.Len(t, kafka.positions(contract.EmployeeEvents), 80, "nothing twice")
	require.NoError(t, take(t, db, eventsRelay(db, h), 1))
	require.Equal(t, kafka.last(contract.EmployeeEvents), h.asked)

	hire(j, 1, 81, 120)
	before := h.asked
	h.unsure = true
	require.NoError(t, take(t, db, eventsRelay(db, h), 1))
	require.NoError(t, take(t, db, eventsRelay(db, h), 1))
	require.Equal(t, before, h.asked, "what may be lost is still looked for")
}

func TestTailEnds_AShardThatAnOlderBuildPublishedIsNotLookedFor(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	hire(feedtest.NewJournal(t, db.Store), 1, 1, 10)
	relayed(t, db, kafka)
	db.Exec("UPDATE subscriptions SET published = DEFAULT")
	h := &hidden{brokers: kafka}
	require.NoError(t, take(t, db, eventsRelay(db, h), 1))
	require.Empty(t, h.asked)
}

// losing are brokers of which a partition loses the first message of a page, acknowledged as the others are.
type losing struct {
	*brokers
	lose bool
}

func (l *losing) Publish(ctx context.Context, messages []bus.Message) error {
	if !l.lose {
		return l.brokers.Publish(ctx, messages)
	}
	l.lose = false
	err := l.brokers.Publish(ctx, messages[1:])
	l.ReportLost(messages[1].Topic, messages[1].Partition, messages[1].Offset)
	return err
}

// Whoever notices the loss may die before the topic is filled again, and the end that is noted is of the page before.
func TestTailEnds_APageThatLosesMessagesIsNotPassedBy(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	for range 3 { // of one key, so of one partition
		j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	}
	l := &losing{brokers: kafka, lose: true}
	relay := eventsRelay(db, l)
	require.ErrorIs(t, take(t, db, relay, 1), errLostPart)
	require.NoError(t, take(t, db, relay, 1), "a loss that is known holds nothing up")
	require.ElementsMatch(t, []string{"1:1", "1:2", "1:2", "1:3", "1:3"}, kafka.positions(contract.EmployeeEvents),
		"what the key lacks, and what follows it again")
}
