package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/feedtest"
)

// brokers are those of one test, embedded or the ones that the environment names, with a look at what they hold.
type brokers struct {
	t testing.TB
	*bus.Publisher
	lookup *bus.TopicReader
}

func newBrokers(t testing.TB) *brokers {
	t.Helper()
	return brokersAt(t, environment.Bus(t))
}

// brokersAt are those of a configuration as a process that was just started sees them.
func brokersAt(t testing.TB, cfg bus.Config) *brokers {
	t.Helper()
	publisher, err := bus.NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = publisher.Close() })
	lookup, err := bus.NewTopicReader(cfg)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	return &brokers{t, publisher, lookup}
}

// positions are those of a topic's messages, by partition and offset.
func (b *brokers) positions(topic string) (all []string) {
	b.t.Helper()
	require.NoError(b.t, b.lookup.ReadAll(b.t.Context(), []string{topic}, nil, func(m bus.Message) error {
		all = append(all, string(m.Header("ce_position")))
		return nil
	}))
	return all
}

var errCut = errors.New("cut off before it heard")

// cut publishes the first part of some calls and hears of none of it.
type cut struct {
	*brokers
	keep atomic.Int32 // how many messages of the next call get through
	cuts atomic.Int32 // how many calls are cut
}

func (c *cut) Publish(ctx context.Context, messages []bus.Message) error {
	if c.cuts.Add(-1) < 0 {
		return c.brokers.Publish(ctx, messages)
	}
	if err := c.brokers.Publish(ctx, messages[:min(int(c.keep.Load()), len(messages))]); err != nil {
		return err
	}
	return errCut
}

// take leases shards for a relay and has it take all there is once, as a process that was just started.
func take(t testing.TB, db *feedtest.Database, relay feed.Subscriber, shards ...store.ShardID) error {
	t.Helper()
	leases, err := db.Lease(t.Context(), relay.Name(), shards, fmt.Sprintf("%p", relay), time.Hour)
	require.NoError(t, err)
	require.Len(t, leases, len(shards))
	defer func() { require.NoError(t, db.Release(t.Context(), leases...)) }()
	hand := make([]*store.Lease, len(leases))
	for i := range leases {
		hand[i] = &leases[i]
	}
	_, err = relay.Handle(t.Context(), hand, feed.StepMax)
	return err
}

// hire writes the beginnings of employees from..to to a shard.
func hire(j *feedtest.Journal, shard store.ShardID, from, to int) {
	for n := from; n <= to; n++ {
		j.Append(shard, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
}

func TestTailCheck_WhatWasPublishedUnderAFormerLeaseIsNotPublishedAgain(t *testing.T) {
	t.Parallel()
	const employees = 20
	for name, kept := range map[string]int{"all of a page": 1000, "a part of it": 7, "nothing": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, kafka := feedtest.NewDatabase(t), newBrokers(t)
			j := feedtest.NewJournal(t, db.Store)
			for n := 1; n <= employees; n++ {
				j.Append(store.ShardID(n%2), feedtest.Of(feedtest.Employee(n), feedtest.Created(n),
					feedtest.Invoiced(n, "2026-04"))...)
			}
			killed := &cut{brokers: kafka}
			killed.keep.Store(int32(kept))
			killed.cuts.Store(2)
			require.ErrorIs(t, take(t, db, eventsRelay(db, killed), 0, 1), errCut)
			for range 2 { // other processes, the first of which is cut off too where there is something left
				if err := take(t, db, eventsRelay(db, killed), 0, 1); err != nil {
					require.ErrorIs(t, err, errCut)
				}
			}

			require.Len(t, kafka.positions(contract.EmployeeEvents), 2*employees, "each message once")
			for _, topic := range []string{contract.BillingLines, contract.BillingLinesWholesale, contract.BillingLinesCost} {
				require.Len(t, kafka.positions(topic), employees, topic)
			}
		})
	}
}

func TestTailCheck_APublishingThatFailedIsLookedForBeforeItIsTriedAgain(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	hire(j, 1, 1, 10)
	hire(j, 2, 11, 20)
	unheard := &cut{brokers: kafka}
	unheard.keep.Store(1000)
	unheard.cuts.Store(5)
	stop := live(t, feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{
		eventsRelay(db, unheard), outcomesRelay(db.Store, unheard, quiet{}),
	}})
	caught(t, db, feed.RelayName, feed.OutcomesName)
	stop()
	require.Len(t, kafka.positions(contract.EmployeeEvents), 20)
	require.Len(t, kafka.positions(contract.EmployeeOutcomes), 20)
}

func TestTailCheck_AKeyThatLacksAMessageGetsWhatFollowsItAgain(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1), events.ExtensionAssigned{},
		events.ExtensionAssigned{})...)
	hire(j, 1, 2, 3)
	gap := &holed{brokers: kafka, without: "1:2"}
	require.ErrorIs(t, take(t, db, eventsRelay(db, gap), 1), errCut)
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	require.ElementsMatch(t, []string{"1:1", "1:2", "1:3", "1:3", "1:4", "1:5"}, kafka.positions(contract.EmployeeEvents))
	var first []string
	require.NoError(t, kafka.lookup.ReadAll(t.Context(), []string{contract.EmployeeEvents},
		nil, func(m bus.Message) error {
			if strings.HasSuffix(feedtest.Employee(1), string(m.Key)) {
				first = append(first, strings.TrimSpace(string(m.Header("ce_position"))+" "+string(m.Header("ce_replay"))))
			}
			return nil
		}))
	require.Equal(t, []string{"1:1", "1:3", "1:2 lost-employee.events", "1:3"}, first,
		"the latest comes last, and what comes too late says so: who goes by positions takes it for known else")
}

// holed loses one message of a page.
type holed struct {
	*brokers
	without string
}

func (h *holed) Publish(ctx context.Context, messages []bus.Message) error {
	rest := slices.DeleteFunc(messages, func(m bus.Message) bool { return string(m.Header("ce_position")) == h.without })
	if err := h.brokers.Publish(ctx, rest); err != nil {
		return err
	}
	return errCut
}

// restored is a database as it was before its topics went on.
func restored(t *testing.T, kafka *brokers) (older *feedtest.Database) {
	t.Helper()
	db := feedtest.NewDatabase(t)
	hire(feedtest.NewJournal(t, db.Store), 1, 1, 3)
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	require.NoError(t, take(t, db, outcomesRelay(db.Store, kafka, quiet{}), 1))
	older = db.Copy()
	hire(feedtest.NewJournal(t, db.Store), 1, 4, 6)
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	require.NoError(t, take(t, db, outcomesRelay(db.Store, kafka, quiet{}), 1))
	require.Len(t, kafka.positions(contract.EmployeeEvents), 6)
	return older
}

func TestTailCheck_ADatabaseThatIsOlderThanItsTopicsStopsTheRelay(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		from, to int // employees that the restored database gets
		reason   string
		position int64
	}{
		{"the topics know more than the log", 7, 8, stopAhead, 6},
		{"the log went on by other facts", 7, 12, stopAltered, 4},
		{"the log has the same facts again", 4, 8, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			kafka := newBrokers(t)
			older := restored(t, kafka)
			hire(feedtest.NewJournal(t, older.Store), 1, row.from, row.to)
			for _, relay := range []feed.Subscriber{eventsRelay(older, kafka), outcomesRelay(older.Store, kafka, quiet{})} {
				err := take(t, older, relay, 1)
				if row.reason == "" {
					require.NoError(t, err)
					continue
				}
				var stop *feed.Stop
				require.ErrorAs(t, err, &stop)
				require.Equal(t, []any{row.reason, row.position}, []any{stop.Reason, stop.Position}, relay.Name())
				require.ErrorContains(t, err, "tenure replay accept --reader "+relay.Name()+" --shard 1 --reason TEXT --yes")
			}
			want := 6
			if row.reason == "" {
				want = row.to
			}
			require.Len(t, kafka.positions(contract.EmployeeEvents), want, "nothing twice, and nothing beside what is wrong")
			require.Len(t, kafka.positions(contract.EmployeeOutcomes), want)
		})
	}
}

func TestTailCheck_WhatAnOperatorAcceptedDoesNotStopTheRelayAndWhatComesLaterDoes(t *testing.T) {
	t.Parallel()
	kafka := newBrokers(t)
	older := restored(t, kafka)
	j := feedtest.NewJournal(t, older.Store)
	hire(j, 1, 7, 8)
	require.Error(t, take(t, older, eventsRelay(older, kafka), 1))
	require.NoError(t, older.AcceptTail(t.Context(), feed.RelayName, 1, "the backup of the night was restored",
		"operator"))
	require.NoError(t, take(t, older, eventsRelay(older, kafka), 1))
	require.ElementsMatch(t, []string{"1:1", "1:2", "1:3", "1:4", "1:4", "1:5", "1:5", "1:6"},
		kafka.positions(contract.EmployeeEvents))

	hire(j, 1, 9, 9)
	foreign := bus.Message{Topic: contract.EmployeeEvents, Key: []byte("k"), Value: []byte("{}"), Headers: bus.Envelope{
		ID: "another", Type: "employee.created.v1", Source: "tenure", Subject: "k", Position: "1:6",
	}.Headers()}
	require.NoError(t, kafka.Publish(t.Context(), []bus.Message{foreign}))
	var stop *feed.Stop
	require.ErrorAs(t, take(t, older, eventsRelay(older, kafka), 1), &stop)
	require.Equal(t, stopAltered, stop.Reason)
}

func TestTailCheck_AShardWhoseTopicsKnowMoreStopsAloneAndLoudly(t *testing.T) {
	t.Parallel()
	kafka := newBrokers(t)
	older := restored(t, kafka)
	j := feedtest.NewJournal(t, older.Store)
	hire(j, 1, 7, 7)
	hire(j, 2, 20, 22)
	heard := newListener()
	live(t, feed.Config{Store: older.Store, Observer: heard, Subscribers: []feed.Subscriber{eventsRelay(older, kafka)}})
	require.Equal(t, map[int32]string{1: stopAhead}, heard.Await(t))
	poll := func() bool { return len(kafka.positions(contract.EmployeeEvents)) == 9 }
	require.Eventually(t, poll, patience, 10*time.Millisecond, "the other shard goes on")
}

func TestTailCheck_ARelayThatHasNothingToPublishLooksAtItsTopicsAllTheSame(t *testing.T) {
	t.Parallel()
	kafka := newBrokers(t)
	older := restored(t, kafka)
	for _, relay := range []feed.Subscriber{eventsRelay(older, kafka), outcomesRelay(older.Store, kafka, quiet{})} {
		heard := newListener()
		live(t, feed.Config{Store: older.Store, Observer: heard, Subscribers: []feed.Subscriber{relay}})
		require.Equal(t, map[int32]string{1: stopAhead}, heard.Await(t), relay.Name())
	}
}

func TestTailCheck_HowMuchOfTheEndIsRead(t *testing.T) {
	t.Parallel()
	moved, accepted := feedtest.Noon, feedtest.Noon.Add(time.Hour)
	for _, row := range []struct {
		name   string
		behind []store.Mark
		want   bus.TailBounds
	}{
		{"nothing is to be published: a glance", nil, bus.TailBounds{Least: tailGlance, Most: tailGlance}},
		{"since the checkpoint moved", []store.Mark{{Moved: accepted}, {Moved: moved}},
			bus.TailBounds{Since: moved.Add(-tailMargin), Least: tailGlance, Most: tailMessagesMax}},
		{"since a person accepted", []store.Mark{{Moved: moved, Accepted: accepted}},
			bus.TailBounds{Since: accepted.Add(-tailMargin), Least: tailGlance, Most: tailMessagesMax}},
		{"a checkpoint that never moved: all that is bounded", []store.Mark{{Moved: moved}, {}},
			bus.TailBounds{Least: tailMessagesMax, Most: tailMessagesMax}},
	} {
		require.Equal(t, row.want, bounds(row.behind), row.name)
	}
}

func TestTailCheck_AMessageThatNoBrokerTakesStopsTheRelayBeforeIt(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	j := feedtest.NewJournal(t, db.Store)
	hire(j, 1, 1, 2)
	j.AppendRaw(1, feedtest.Employee(3), "employee.created.v1", []byte(`{"custom":"`+strings.Repeat("x", 1<<20)+`"}`))
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1), "what is before it goes out")
	require.Len(t, kafka.positions(contract.EmployeeEvents), 2)
	var stop *feed.Stop
	require.ErrorAs(t, take(t, db, eventsRelay(db, kafka), 1), &stop)
	require.Equal(t, []any{stopTooLarge, int64(3)}, []any{stop.Reason, stop.Position})
}

func TestTailCheck_EveryTopicThatEventsGoToIsCompared(t *testing.T) {
	t.Parallel()
	others := map[string]bool{contract.EmployeeCommands: true, contract.CatalogCommands: true,
		contract.BillingCommands:  true,
		contract.EmployeeActivity: true, contract.EmployeeOutcomes: true,
		contract.DeadLetters: true}
	var want []string
	for _, spec := range bus.Topics(1) {
		if !others[spec.Name] {
			want = append(want, spec.Name)
		}
	}
	require.ElementsMatch(t, want, contract.EventTopics())
}
