package bus

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// elsewhere is an Owner that tells which topic it was given.
type elsewhere struct {
	named chan string
	got   chan Message
}

func (e elsewhere) Claim(_ context.Context, topic string, partition int32, state TopicState) (int64, error) {
	e.named <- topic
	return state.Partitions[partition].Oldest, nil
}

func (e elsewhere) Work(ctx context.Context, p *Partition) error {
	for ctx.Err() == nil {
		batch, err := p.Next(ctx, 10, time.Second)
		if err != nil {
			return nil
		}
		for _, m := range batch {
			e.got <- m
		}
	}
	return nil
}

func TestPrefix_TwoSystemsShareABrokerByTheirPrefix(t *testing.T) {
	t.Parallel()
	plain := brokers(t)
	ours := plain
	ours.TopicPrefix = fmt.Sprintf("shared-%d.", time.Now().UnixNano())
	spec := []TopicSpec{{Name: "facts", Partitions: 1, ReplicationFactor: -1}}
	require.NoError(t, EnsureTopics(t.Context(), ours, spec))
	_, err := lookup(t, plain).TopicStates(t.Context(), []string{"facts"})
	require.Error(t, err, "without the prefix the topic is not there")

	pub, err := NewPublisher(ours)
	require.NoError(t, err)
	t.Cleanup(func() { _ = pub.Close() })
	require.NoError(t, pub.Publish(t.Context(), []Message{{Topic: "facts", Key: []byte("k"), Value: []byte("1")}}))
	require.Equal(t, []string{"1"}, values(readAll(t, ours, "facts")))

	owner := elsewhere{named: make(chan string, 1), got: make(chan Message, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Consume(ctx, ours, "g", []string{"facts"}, owner) }()
	require.Equal(t, "facts", <-owner.named)
	m := <-owner.got
	require.Equal(t, "facts", m.Topic, "names are without the prefix inside")
	cancel()
	require.NoError(t, <-done)
}
