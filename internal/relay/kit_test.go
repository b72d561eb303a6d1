package relay

import (
	"context"
	"errors"
	"log/slog"
	"os"
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
	"tenure/internal/test/running"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = running.Patience

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
	return &broker{t, cluster.ListenAddrs(), newPublisher(t, cluster, partitions)}
}

// newPublisher makes all topics on a cluster and gives a publisher to them.
func newPublisher(t testing.TB, cluster *kfake.Cluster, partitions int32) *bus.Publisher {
	t.Helper()
	cfg := bus.Config{Brokers: cluster.ListenAddrs(), ClientID: "test", Logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, bus.EnsureTopics(t.Context(), cfg, bus.Topics(partitions)))
	publisher, err := bus.NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = publisher.Close() })
	return publisher
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

// live runs a feed until the test ends or stop is called; stop waits for it.
func live(t testing.TB, c feed.Config) (stop func()) {
	t.Helper()
	if c.Log == nil {
		c.Log = running.Log()
	}
	return running.Start(t, func(ctx context.Context) error { return feed.Run(ctx, c) })
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
	stop := live(t, feed.Config{Store: db.Store, Subscribers: relays(db, p)})
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
	*feedtest.Stops
}

func newListener() listener { return listener{Stops: feedtest.NewStops()} }

// ShardStopped notes the reason.
func (l listener) ShardStopped(name string, shard int32, reason string) {
	l.Stops.ShardStopped(name, shard, reason)
}
