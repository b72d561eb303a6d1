package bus

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"

	"tenure/contract"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

func portOf(t *testing.T, cfg Config) int {
	t.Helper()
	_, port, err := net.SplitHostPort(cfg.Brokers[0])
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	return n
}

// numbered returns messages with the values from…from+n-1 under seven keys.
func numbered(topic string, from, n int) []Message {
	messages := make([]Message, n)
	for i := range messages {
		messages[i] = Message{
			Topic: topic, Key: fmt.Appendf(nil, "key-%d", (from+i)%7), Value: strconv.AppendInt(nil, int64(from+i), 10),
			Headers: full().Headers(),
		}
	}
	return messages
}

// inOrder checks that the first occurrences of each key's values rise.
func inOrder(t *testing.T, messages []Message) {
	t.Helper()
	last := map[string]int{}
	for _, m := range messages {
		n, err := strconv.Atoi(string(m.Value))
		require.NoError(t, err)
		if before, seen := last[string(m.Key)]; seen && n > before {
			require.Equal(t, before+7, n, "a message of %s is missing or late", m.Key)
		}
		last[string(m.Key)] = max(n, last[string(m.Key)])
	}
}

func readAll(t *testing.T, cfg Config, topic string) []Message {
	t.Helper()
	lookup, err := NewTopicReader(cfg)
	require.NoError(t, err)
	defer lookup.Close()
	var all []Message
	require.NoError(t, lookup.ReadAll(t.Context(), []string{topic}, nil, func(m Message) error {
		all = append(all, m)
		return nil
	}))
	return all
}

func publisher(t testing.TB, cfg Config) *Publisher {
	t.Helper()
	p, err := NewPublisher(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestPublish_WritesAllInOrderWhereJavaWouldLook(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 5)
	const n = 3*publishCountMax/2 + 7 // more than one portion
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), numbered(name, 0, n)))
	all := readAll(t, cfg, name)
	require.Len(t, all, n)
	inOrder(t, all)
	for _, m := range all {
		require.Equal(t, contract.PartitionOf(m.Key, 5), m.Partition)
		require.Equal(t, full().Headers(), m.Headers)
	}
}

func TestPublish_RefusesWhatCannotArriveBeforeItSendsAnything(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	good := Message{Topic: name, Key: []byte("k"), Value: []byte("{}")}
	for what, row := range map[string]struct {
		bad  Message
		says string
	}{
		"no topic":     {Message{Key: []byte("k")}, "has no topic"},
		"no key":       {Message{Topic: name, Value: []byte("{}")}, "has no key"},
		"an empty key": {Message{Topic: name, Key: []byte{}, Value: []byte("{}")}, "has no key"},
		"more than 1 MB": {Message{Topic: name, Key: []byte("employee-07"), Value: make([]byte, 1<<20)},
			`"employee-07" to ` + name + " has 1048658 bytes"},
	} {
		require.ErrorContains(t, p.Publish(t.Context(), []Message{good, row.bad}), row.says, what)
	}
	require.Empty(t, readAll(t, cfg, name))
	require.NoError(t, p.Publish(t.Context(), nil), "nothing to do")
}

func TestPublish_TakesTheLargestMessagesThatATopicTakes(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 2)
	messages := make([]Message, 20) // together more than one portion and one request
	for i := range messages {
		messages[i] = Message{Topic: name, Key: []byte{'k', byte(i)}, Value: bytes.Repeat([]byte{'x'}, 1<<20-200)}
	}
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), messages))
	require.Len(t, readAll(t, cfg, name), 20)
}

func TestPublish_ToATopicThatIsNotThereIsAnErrorAndCreatesNone(t *testing.T) {
	t.Parallel()
	cfg := brokers(t, kfake.AllowAutoTopicCreation())
	err := publisher(t, cfg).Publish(t.Context(), []Message{{Topic: "misspelt", Key: []byte("k")}})
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
	require.ErrorContains(t, err, "misspelt")
	lookup, err := NewTopicReader(cfg)
	require.NoError(t, err)
	defer lookup.Close()
	_, err = lookup.TopicStates(t.Context(), []string{"misspelt"})
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
}

func TestPublish_ErrorCountsAndSeesAnOrderThatWasLost(t *testing.T) {
	t.Parallel()
	messages := make([]Message, 4)
	for i, key := range []string{"a", "b", "a", "b"} {
		messages[i] = Message{Topic: "t", Key: []byte(key)}
	}
	batch := inOnePiece(messages, "")
	ended := func(failed ...int) error {
		c := &publishCall{batch: batch, failed: map[*kgo.Record]bool{}, done: make(chan struct{})}
		c.open.Store(int64(len(batch)))
		part := &publishPart{call: c, end: &end{}}
		part.end.last.Store(offsetUnknown)
		for i := range batch {
			m := &batch[i]
			m.Offset = int64(i)
			var err error
			if slices.Contains(failed, i) {
				err = kerr.NotEnoughReplicas
			}
			part.answer(m, err)
		}
		<-c.done
		return c.err()
	}
	for name, row := range map[string]struct {
		failed    []int
		reordered bool
	}{
		"the last of a key":                    {[]int{2}, false},
		"all of a key":                         {[]int{1, 3}, false},
		"the first of a key, and not the next": {[]int{0}, true},
	} {
		var failed *unacknowledgedError
		require.ErrorAs(t, ended(row.failed...), &failed, name)
		require.Equal(t, len(row.failed), failed.Failed, name)
		require.Equal(t, row.reordered, failed.Reordered, name)
		require.Contains(t, failed.Error(), fmt.Sprintf("%d of 4", len(row.failed)), name)
	}
	require.NoError(t, ended())
}
