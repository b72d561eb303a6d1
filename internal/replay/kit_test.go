package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/feedtest"
	"tenure/internal/test/running"
)

const patience = running.Patience

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// world is a log whose events were published, on brokers that are embedded or named by the environment.
type world struct {
	t testing.TB
	*feedtest.Database
	*feedtest.Journal
	kafka     bus.Config
	publisher *bus.Publisher
	lookup    *bus.TopicReader
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, cfg := feedtest.NewDatabase(t), environment.Bus(t)
	w := &world{t: t, Database: db, Journal: feedtest.NewJournal(t, db.Store), kafka: cfg}
	w.publisher = w.connect()
	var err error
	w.lookup, err = bus.NewTopicReader(cfg)
	require.NoError(t, err)
	t.Cleanup(w.lookup.Close)
	return w
}

// hire writes employees, the n-th of them to shard n % 2, each with a bill: two positions and two outcomes.
func (w *world) hire(from, to int) {
	for n := from; n <= to; n++ {
		w.Append(store.ShardID(n%2), feedtest.Of(feedtest.Employee(n), feedtest.Created(n),
			feedtest.Invoiced(n, "2026-04"))...)
	}
}

// relay publishes everything as the feed does.
func (w *world) relay() {
	w.t.Helper()
	relays := relay.Subscribers(feed.NewReader(w.Store), catalog.New(w.Store, nil), w.publisher, nil)
	stop := running.Start(w.t, func(ctx context.Context) error {
		return feed.Run(ctx, feed.Config{Store: w.Store, Subscribers: relays})
	})
	waiting, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	require.NoError(w.t, feed.Caught(waiting, w.Store, nil, feed.RelayName, feed.OutcomesName))
	stop()
}

// runner is one with real time, short leases and, like every process, its own publisher.
func (w *world) runner() *Runner {
	w.t.Helper()
	return &Runner{
		Store: w.Store, Kafka: w.kafka, Lookup: w.lookup, Publisher: w.connect(), Clock: RealClock(),
		LeaseTTL: 400 * time.Millisecond,
	}
}

// connect opens a publisher. One that wrote to a topic before it was recreated is not known there any more.
func (w *world) connect() *bus.Publisher {
	w.t.Helper()
	publisher, err := bus.NewPublisher(w.kafka)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = publisher.Close() })
	return publisher
}

// start starts an order and lets nobody run it.
func (w *world) start(o Request) store.Replay {
	w.t.Helper()
	row, err := w.runner().Start(w.t.Context(), o)
	require.NoError(w.t, err)
	return row
}

// replay starts an order and runs it to its end.
func (w *world) replay(o Request) store.Replay {
	w.t.Helper()
	w.start(o)
	row, err := w.runner().Run(w.t.Context(), o.Name)
	require.NoError(w.t, err)
	require.Equal(w.t, store.ReplayDone, row.State)
	return row
}

// read gives the messages of a topic, by partition and offset.
func (w *world) read(topic string) (all []bus.Message) {
	w.t.Helper()
	require.NoError(w.t, w.lookup.ReadAll(w.t.Context(), []string{topic}, nil, func(m bus.Message) error {
		all = append(all, m)
		return nil
	}))
	return all
}

// header gives one header of each message.
func header(messages []bus.Message, key string) (all []string) {
	for _, m := range messages {
		all = append(all, string(m.Header(key)))
	}
	return all
}

// ask sends a request to the brokers as an operator's tool would.
func (w *world) ask(request kmsg.Request) kmsg.Response {
	w.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(w.kafka.Brokers...))
	require.NoError(w.t, err)
	defer client.Close()
	response, err := client.Request(w.t.Context(), request)
	require.NoError(w.t, err)
	return response
}

// truncate removes the messages of a partition before an offset.
func (w *world) truncate(topic string, partition int32, before int64) {
	w.t.Helper()
	request := kmsg.NewPtrDeleteRecordsRequest()
	request.TimeoutMillis = 10_000
	of := kmsg.NewDeleteRecordsRequestTopic()
	of.Topic = w.kafka.TopicPrefix + topic
	at := kmsg.NewDeleteRecordsRequestTopicPartition()
	at.Partition, at.Offset = partition, before
	of.Partitions = append(of.Partitions, at)
	request.Topics = append(request.Topics, of)
	response := w.ask(request).(*kmsg.DeleteRecordsResponse)
	require.Zero(w.t, response.Topics[0].Partitions[0].ErrorCode)
}

// recreate deletes a topic and makes it again.
func (w *world) recreate(topic string) {
	w.t.Helper()
	w.remove(topic)
	require.Eventually(w.t, func() bool {
		return bus.EnsureTopics(w.t.Context(), w.kafka, bus.Topics(environment.Partitions)) == nil
	}, patience, 20*time.Millisecond)
	require.Empty(w.t, header(w.read(topic), "ce_position"), "%s is a new topic", topic)
}

// remove deletes a topic.
func (w *world) remove(topic string) {
	w.t.Helper()
	request := kmsg.NewPtrDeleteTopicsRequest()
	name := w.kafka.TopicPrefix + topic
	request.TopicNames = []string{name}
	of := kmsg.NewDeleteTopicsRequestTopic()
	of.Topic = kmsg.StringPtr(name)
	request.Topics = append(request.Topics, of)
	request.TimeoutMillis = 10_000
	w.ask(request)
	require.Eventually(w.t, func() bool { // the cluster deletes in its own time
		_, err := w.lookup.TopicStates(w.t.Context(), []string{topic})
		return bus.NoTopic(err)
	}, patience, 20*time.Millisecond)
}

// manyLines is a bill of an employee with lines of several months in one event.
func manyLines(n, months int) []feedtest.Entry {
	bill := feedtest.Invoiced(n, "2026-01")
	for month := 2; month <= months; month++ {
		bill.Lines = append(bill.Lines, feedtest.Invoiced(n, fmt.Sprintf("2026-%02d", month)).Lines...)
	}
	return feedtest.Of(feedtest.Employee(n), feedtest.Created(n), bill)
}

// digest is everything that a replay must not change.
func (w *world) digest() (all []string) {
	for _, table := range []string{
		"events", "outcomes", "subjects", "shards", "parked", "run_shards", "run_totals", "lines", "documents",
		"directory",
	} {
		all = append(all, table)
		all = append(all, w.Rows(table)...)
	}
	return all
}

var errKilled = errors.New("killed")

// killed publishes and then, from the given call on, is killed before it hears of it.
type killed struct {
	relay.Publisher
	calls atomic.Int32
}

func (k *killed) Publish(ctx context.Context, messages []bus.Message) error {
	if err := k.Publisher.Publish(ctx, messages); err != nil {
		return err
	}
	if k.calls.Add(-1) < 0 {
		return errKilled
	}
	return nil
}

// stopwatch is time that passes only for those who wait for it.
type stopwatch struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (s *stopwatch) clock() Clock {
	return Clock{
		Now: func() time.Time {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.now
		},
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.now = s.now.Add(d)
			s.waits = append(s.waits, d)
			return ctx.Err()
		},
	}
}

// order is one to its own topic.
func order(name string) Request {
	return Request{Name: name, Topic: name, Reason: "the test asks", Who: "tester"}
}
