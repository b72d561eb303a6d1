package bus

import (
	"context"
	"testing"
	"time"

	"tenure/contract"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
)

// perSecond reports what people ask for instead of nanoseconds.
func perSecond(b *testing.B, messages int) {
	b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
}

// commandsTo are messages as heavy as commands: 500 bytes and all headers.
func commandsTo(topic string, n int) []Message {
	messages := numbered(topic, 0, n)
	for i := range messages {
		messages[i].Value = plainCommand
	}
	return messages
}

func BenchmarkPublishInBatches(b *testing.B) {
	cfg := brokers(b)
	p := publisher(b, cfg)
	messages := commandsTo(topic(b, cfg, 16), 1000)
	sent := 0
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, p.Publish(b.Context(), messages))
		sent += len(messages)
	}
	perSecond(b, sent)
}

// The baseline: watermill's publisher with the same settings sends one by one.
func BenchmarkPublishWithWatermill(b *testing.B) {
	cfg := brokers(b)
	conf, err := cfg.producing()
	require.NoError(b, err)
	p, err := kafka.NewPublisher(kafka.PublisherConfig{Brokers: cfg.Brokers, OverwriteSaramaConfig: conf},
		watermill.NopLogger{})
	require.NoError(b, err)
	defer func() { _ = p.Close() }()
	name := topic(b, cfg, 16)
	messages := make([]*message.Message, 100)
	for i, m := range commandsTo(name, len(messages)) {
		messages[i] = message.NewMessage("", m.Value)
		for _, h := range m.Headers {
			messages[i].Metadata.Set(h.Key, string(h.Value))
		}
	}
	sent := 0
	for b.Loop() {
		require.NoError(b, p.Publish(name, messages...))
		sent += len(messages)
	}
	perSecond(b, sent)
}

// taker counts what all partitions take together, and marks.
type taker struct {
	taken chan int
}

func (k *taker) Claim(context.Context, string, int32, TopicState) (int64, error) { return 0, nil }

func (k *taker) Work(ctx context.Context, p *Partition) error {
	for {
		batch, err := p.Next(ctx, 1000, time.Second)
		if err != nil {
			return err
		}
		if len(batch) > 0 {
			p.Mark(batch[len(batch)-1].Offset + 1)
			k.taken <- len(batch)
		}
	}
}

// BenchmarkConsumeInBatches reads a backlog of 200 000 commands with their headers
// decoded and their values guarded, as the worker does before it decides.
func BenchmarkConsumeInBatches(b *testing.B) {
	const backlog = 200_000
	cfg := brokers(b)
	name := topic(b, cfg, 16)
	p := publisher(b, cfg)
	for range backlog / 10_000 {
		require.NoError(b, p.Publish(b.Context(), commandsTo(name, 10_000)))
	}
	b.ReportAllocs()
	read := 0
	for b.Loop() {
		k := &taker{taken: make(chan int, 100)}
		stop := consuming(b, cfg, name+time.Now().String()[20:25], name, k)
		for left := backlog; left > 0; {
			n := <-k.taken
			left -= n
			read += n
		}
		stop()
	}
	perSecond(b, read)
}

func BenchmarkPartitionOf(b *testing.B) {
	key := []byte("0b5f2f0e-3c5e-4a55-9a3b-6f7f3c1f6a07")
	for b.Loop() {
		contract.PartitionOf(key, 16)
	}
}
