package bus

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

// stamped writes a message with its own time to a partition.
func stamped(t *testing.T, cfg Config, topic string, partition int32, value string, at time.Time) {
	t.Helper()
	record := &kgo.Record{Topic: topic, Partition: partition, Key: []byte("key"), Value: []byte(value), Timestamp: at}
	require.NoError(t, raw(t, cfg).ProduceSync(t.Context(), record).FirstErr())
}

func tail(t *testing.T, cfg Config, bounds TailBounds, topics ...string) (all []Message) {
	t.Helper()
	err := lookup(t, cfg).Tail(t.Context(), topics, bounds, func(m Message) error {
		all = append(all, m)
		return nil
	})
	require.NoError(t, err)
	return all
}

func TestTail_IsTheLastMessagesOfEachPartition(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	one, two := topic(t, cfg, 2), topic(t, cfg, 1)
	fill(t, cfg, one, 0, 0, 10)
	fill(t, cfg, one, 1, 100, 2)
	fill(t, cfg, two, 0, 200, 5)
	require.Equal(t, []string{"202", "203", "204", "7", "8", "9", "100", "101"},
		values(tail(t, cfg, TailBounds{Least: 3, Most: 100}, two, one)))
	require.Empty(t, tail(t, cfg, TailBounds{Least: 3, Most: 100}, topic(t, cfg, 4)), "an empty topic")
}

func TestTail_BeginsWithTheFirstMessageSinceATime(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 3)
	now := time.Now().Truncate(time.Millisecond)
	for i, value := range []string{"an hour ago", "a minute ago", "now"} {
		stamped(t, cfg, name, 0, value, now.Add([]time.Duration{-time.Hour, -time.Minute, 0}[i]))
	}
	stamped(t, cfg, name, 1, "long ago", now.Add(-24*time.Hour))
	minute, later := now.Add(-time.Minute), now.Add(time.Hour)
	require.Equal(t, []string{"a minute ago", "now"}, values(tail(t, cfg, TailBounds{Since: minute, Most: 100}, name)))
	require.Equal(t, []string{"now"}, values(tail(t, cfg, TailBounds{Since: minute, Most: 1}, name)),
		"the bound holds all the same")
	require.Equal(t, []string{"an hour ago", "a minute ago", "now", "long ago"},
		values(tail(t, cfg, TailBounds{Since: minute, Least: 3, Most: 100}, name)))
	require.Empty(t, tail(t, cfg, TailBounds{Since: later, Most: 100}, name), "nothing is that young")
	require.Equal(t, []string{"now", "long ago"}, values(tail(t, cfg, TailBounds{Since: later, Least: 1, Most: 100},
		name)), "but the last ones are read")
}

func TestTail_OfATopicThatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	none := func(Message) error { return nil }
	err := lookup(t, cfg).Tail(t.Context(), []string{"nowhere"}, TailBounds{}, none)
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
	require.ErrorContains(t, err, "nowhere")
}

func TestTail_APublisherLooksAtWhatItPublished(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	p, err := NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Close() })
	before := time.Now().Add(-time.Second)
	require.NoError(t, p.Publish(t.Context(), []Message{{Topic: name, Key: []byte("k"), Value: []byte("one")},
		{Topic: name, Key: []byte("k"), Value: []byte("two")}}))
	stop := errors.New("enough")
	var seen []string
	err = p.Tail(t.Context(), []string{name}, TailBounds{Since: before, Most: 10}, func(m Message) error {
		seen = append(seen, string(m.Value))
		return stop
	})
	require.ErrorIs(t, err, stop, "whoever reads may end it")
	require.Equal(t, []string{"one"}, seen)
}

func TestTail_AMessageKnowsWhetherABrokerTakesIt(t *testing.T) {
	t.Parallel()
	m := Message{Topic: "t", Key: []byte("k"), Value: []byte(strings.Repeat("x", messageBytesMax-100))}
	require.False(t, m.TooLarge())
	m.Value = append(m.Value, strings.Repeat("y", 100)...)
	require.True(t, m.TooLarge())
	require.Greater(t, m.Size(), messageBytesMax)
}

func TestOwnValueBytesMax_LeavesRoomForEveryEnvelope(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", headerBytesMax)
	e := Envelope{ID: long, Type: long, Source: long, Subject: long, Time: time.Now(), DataSchema: long, TraceParent: long,
		CommandID: long, CausationID: long, RunID: long, Position: long, Replay: long, Proof: long}
	m := Message{Topic: long, Key: []byte(long), Headers: e.Headers(), Value: make([]byte, OwnValueBytesMax)}
	require.False(t, m.TooLarge(), "%d bytes", m.Size())
}
