package bus

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tenure/internal/test/running"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// patience bounds each wait of a test; nothing waits for it to pass.
const patience = 5 * time.Minute

// onReal reports whether the tests run on the broker that the environment names.
func onReal() bool { return os.Getenv("TENURE_KAFKA_BROKERS") != "" }

// brokers returns a configuration for the broker that TENURE_KAFKA_BROKERS names,
// or for one inside the test.
func brokers(t testing.TB, opts ...kfake.Opt) Config {
	t.Helper()
	if named := os.Getenv("TENURE_KAFKA_BROKERS"); named != "" && len(opts) == 0 {
		return Config{Brokers: strings.Split(named, ","), ClientID: "test", SessionTimeout: 6 * time.Second, Logger: quiet()}
	}
	cluster, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	return Config{Brokers: cluster.ListenAddrs(), ClientID: "test", SessionTimeout: 6 * time.Second, Logger: quiet()}
}

func quiet() *slog.Logger {
	if testing.Verbose() && os.Getenv("TENURE_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// errorsOf returns a logger that hands on the errors that are logged.
func errorsOf(errs chan<- error) *slog.Logger { return slog.New(errorHandler{errs}) }

type errorHandler struct{ errs chan<- error }

func (errorHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h errorHandler) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h errorHandler) WithGroup(string) slog.Handler          { return h }
func (h errorHandler) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			select {
			case h.errs <- err:
			default:
			}
		}
		return true
	})
	return nil
}

// topic creates a topic of the test's own.
func topic(t testing.TB, cfg Config, partitions int32) string {
	t.Helper()
	name := strings.NewReplacer("/", ".", " ", "_", ",", "").Replace(t.Name()) + "." + strings.ToLower(rand.Text()[:8])
	require.NoError(t, EnsureTopics(t.Context(), cfg,
		[]TopicSpec{{Name: name, Partitions: partitions, ReplicationFactor: -1}}))
	return name
}

// raw is a client that sends what Tenure's own publisher would refuse.
func raw(t testing.TB, cfg Config) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(cfg.Brokers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// fill writes n messages to one partition; the value is their number.
func fill(t testing.TB, cfg Config, topic string, partition int32, from, n int) {
	t.Helper()
	records := make([]*kgo.Record, n)
	for i := range records {
		value := fmt.Sprint(from + i)
		records[i] = &kgo.Record{Topic: topic, Partition: partition, Key: []byte(value), Value: []byte(value)}
	}
	require.NoError(t, raw(t, cfg).ProduceSync(t.Context(), records...).FirstErr())
}

// desk is an owner made of functions, with the offsets of a database in memory.
type desk struct {
	mu    sync.Mutex
	next  map[int32]int64
	claim func(partition int32, state TopicState) (int64, error) // nil: from next
	work  func(ctx context.Context, p *Partition) error          // nil: take everything

	took   []Message
	claims int
	wake   chan struct{}
}

func newDesk() *desk { return &desk{next: map[int32]int64{}, wake: make(chan struct{}, 1)} }

func (d *desk) Claim(_ context.Context, _ string, partition int32, state TopicState) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.signal()
	d.claims++
	if d.claim != nil {
		return d.claim(partition, state)
	}
	return d.next[partition], nil
}

func (d *desk) Work(ctx context.Context, p *Partition) error {
	if d.work != nil {
		return d.work(ctx, p)
	}
	return d.takeAll(ctx, p)
}

func (d *desk) takeAll(ctx context.Context, p *Partition) error {
	for {
		batch, err := p.Next(ctx, 100, time.Second)
		if err != nil {
			return err
		}
		d.take(p, batch)
	}
}

func (d *desk) take(p *Partition, batch []Message) {
	if len(batch) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.took = append(d.took, batch...)
	d.next[p.ID] = batch[len(batch)-1].Offset + 1
	p.Mark(d.next[p.ID])
	d.signal()
}

func (d *desk) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// until waits for a condition on the desk; it is looked at after each change.
func (d *desk) until(t testing.TB, what string, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		d.mu.Lock()
		done := is()
		d.mu.Unlock()
		if done {
			return
		}
		select {
		case <-d.wake:
		case <-deadline:
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// consuming runs Consume until the test ends or stop is called; stop waits.
func consuming(t testing.TB, cfg Config, group, topic string, o Owner) (stop func()) {
	t.Helper()
	return running.Start(t, func(ctx context.Context) error { return Consume(ctx, cfg, group, []string{topic}, o) })
}
