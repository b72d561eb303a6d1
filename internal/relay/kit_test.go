package relay

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/test/feedtest"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }

// broker is a Kafka broker of one test's own with all topics.
type broker struct {
	t     testing.TB
	addrs []string
	*bus.Publisher
}

func newBroker(t testing.TB, partitions int32) *broker {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	cfg := bus.Config{Brokers: cluster.ListenAddrs(), ClientID: "test", Logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, bus.EnsureTopics(t.Context(), cfg, bus.Topics(partitions)))
	publisher, err := bus.NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = publisher.Close() })
	return &broker{t, cluster.ListenAddrs(), publisher}
}

// record is a message as a consumer sees it.
type record struct {
	topic, key, value string
	bus.Envelope
}

// read takes the first n messages of topics, those of a partition in their order.
func (b *broker) read(n int, topics ...string) []record {
	b.t.Helper()
	client := b.consumer(topics...)
	defer client.Close()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	var all []record
	for len(all) < n {
		fetches := client.PollFetches(ctx)
		require.NoError(b.t, ctx.Err(), "%d of %d messages on %v", len(all), n, topics)
		fetches.EachRecord(func(r *kgo.Record) { all = append(all, b.decode(r)) })
	}
	return all
}

// consumer reads topics from their beginning.
func (b *broker) consumer(topics ...string) *kgo.Client {
	b.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addrs...), kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	require.NoError(b.t, err)
	return client
}

// stamp notes when each of the next n messages arrived, by position.
func (b *broker) stamp(client *kgo.Client, n int, arrived map[string]time.Time) {
	for n > 0 {
		fetches := client.PollFetches(b.t.Context())
		now := time.Now()
		fetches.EachRecord(func(r *kgo.Record) {
			arrived[b.decode(r).Position] = now
			n--
		})
	}
}

func (b *broker) decode(r *kgo.Record) record {
	headers := make([]bus.Header, len(r.Headers))
	for i, h := range r.Headers {
		headers[i] = bus.Header{Key: h.Key, Value: h.Value}
	}
	e, err := bus.DecodeEnvelope(headers)
	require.NoError(b.t, err)
	return record{topic: r.Topic, key: string(r.Key), value: string(r.Value), Envelope: e}
}

// running runs a feed until the test ends or stop is called; stop waits for it.
func running(t testing.TB, c feed.Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	if c.Log == nil && os.Getenv("TENURE_TEST_LOG") != "" {
		c.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	go func() { done <- feed.Run(ctx, c) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(patience):
			t.Error("Run did not return")
		}
	})
	t.Cleanup(stop)
	return stop
}

// caught waits until subscribers have taken the whole log.
func caught(t testing.TB, db *feedtest.Database, subscribers ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, feed.Caught(ctx, db.Store, nil, subscribers...))
}

// relayed runs both relays until they have published everything.
func relayed(t testing.TB, db *feedtest.Database, p Publisher) {
	t.Helper()
	stop := running(t, feed.Config{Store: db.Store, Subscribers: relays(db, p)})
	caught(t, db, feed.RelayName, feed.OutcomesName)
	stop()
}

func relays(db *feedtest.Database, p Publisher) []feed.Subscriber {
	return []feed.Subscriber{eventsRelay(db, p), outcomesRelay(db.Store, p, quiet{})}
}

// eventsRelay is the relay of events as a process that was just started has it.
func eventsRelay(db *feedtest.Database, p Publisher) feed.Subscriber {
	router := NewRouter(NewItems(db.Store, catalog.New(db.Store, nil)))
	return Events(feed.NewReader(db.Store), router, p, quiet{})
}

// broken publishes everything, but a number of times it is killed before it can tell.
type broken struct {
	Publisher
	kills atomic.Int32
}

var errKilled = errors.New("killed between publish and checkpoint")

// Publish publishes and may fail all the same.
func (b *broken) Publish(ctx context.Context, messages []bus.Message) error {
	if err := b.Publisher.Publish(ctx, messages); err != nil {
		return err
	}
	if b.kills.Add(-1) >= 0 {
		return errKilled
	}
	return nil
}

// listener collects why shards stopped.
type listener struct {
	feed.Quiet
	mu    sync.Mutex
	stops map[int32]string
	heard chan struct{}
}

func newListener() *listener {
	return &listener{stops: map[int32]string{}, heard: make(chan struct{}, 16)}
}

// ShardStopped notes the reason.
func (e *listener) ShardStopped(_ string, shard int32, reason string) {
	e.mu.Lock()
	e.stops[shard] = reason
	e.mu.Unlock()
	e.heard <- struct{}{}
}

// await waits until a shard has stopped and gives all that have.
func (e *listener) await(t testing.TB) map[int32]string {
	t.Helper()
	select {
	case <-e.heard:
	case <-time.After(patience):
		t.Fatal("no shard stopped")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stops
}
