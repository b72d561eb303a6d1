package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
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
	lookup, err := NewLookup(cfg)
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

func TestPublishWritesAllInOrderWhereJavaWouldLook(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 5)
	const n = 3*publishCountMax/2 + 7 // more than one portion
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), numbered(name, 0, n)))
	all := readAll(t, cfg, name)
	require.Len(t, all, n)
	inOrder(t, all)
	for _, m := range all {
		require.Equal(t, PartitionOf(m.Key, 5), m.Partition)
		require.Equal(t, full().Headers(), m.Headers)
	}
}

func TestPublishRefusesWhatCannotArriveBeforeItSendsAnything(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	good := Message{Topic: name, Key: []byte("k"), Value: []byte("{}")}
	for what, row := range map[string]struct {
		bad  Message
		says string
	}{
		"no topic":       {Message{Key: []byte("k")}, "has no topic"},
		"no key":         {Message{Topic: name, Value: []byte("{}")}, "has no key"},
		"an empty key":   {Message{Topic: name, Key: []byte{}, Value: []byte("{}")}, "has no key"},
		"more than 1 MB": {Message{Topic: name, Key: []byte("employee-07"), Value: make([]byte, 1<<20)}, `"employee-07" to ` + name + " has 1048623 bytes"},
	} {
		require.ErrorContains(t, p.Publish(t.Context(), []Message{good, row.bad}), row.says, what)
	}
	require.Empty(t, readAll(t, cfg, name))
	require.NoError(t, p.Publish(t.Context(), nil), "nothing to do")
}

func TestPublishTakesTheLargestMessagesThatATopicTakes(t *testing.T) {
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

func TestPublishToATopicThatIsNotThereIsAnErrorAndCreatesNone(t *testing.T) {
	t.Parallel()
	cfg := brokers(t, kfake.AllowAutoTopicCreation())
	err := publisher(t, cfg).Publish(t.Context(), []Message{{Topic: "misspelt", Key: []byte("k")}})
	var failed *PublishError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 1, failed.Failed)
	lookup, err := NewLookup(cfg)
	require.NoError(t, err)
	defer lookup.Close()
	_, err = lookup.TopicStates(t.Context(), []string{"misspelt"})
	require.ErrorIs(t, err, sarama.ErrUnknownTopicOrPartition)
}

// The acknowledgement of a batch gets lost and the batch is sent again: the broker
// knows it by its sequence number, and it is there once.
func TestPublishWritesOnceWhenAnAcknowledgementIsLost(t *testing.T) {
	t.Parallel()
	line := &deafLine{cut: make(chan struct{})}
	cfg := brokers(t, kfake.ListenFn(line.listen))
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 10)))
	line.armed.Store(true)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 10, 100)))
	<-line.cut
	all := readAll(t, cfg, name)
	require.Len(t, all, 110)
	inOrder(t, all)
}

// deafLine cuts a connection instead of carrying the next answer, once armed.
type deafLine struct {
	armed atomic.Bool
	cut   chan struct{}
}

func (l *deafLine) listen(network, address string) (net.Listener, error) {
	inner, err := net.Listen(network, address)
	return deafListener{inner, l}, err
}

type deafListener struct {
	net.Listener
	line *deafLine
}

func (l deafListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return deafConn{conn, l.line}, err
}

type deafConn struct {
	net.Conn
	line *deafLine
}

func (c deafConn) Write(answer []byte) (int, error) {
	if c.line.armed.CompareAndSwap(true, false) {
		close(c.line.cut)
		return 0, errors.Join(net.ErrClosed, c.Close())
	}
	return c.Conn.Write(answer)
}

func TestPublishEndsWithItsContextWhileTheBrokerIsSilent(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	cfg := Config{Brokers: cluster.ListenAddrs(), Logger: quiet()}
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	asked, answer := make(chan struct{}), make(chan struct{})
	ask := sync.OnceFunc(func() { close(asked) })
	cluster.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		ask()
		cluster.SleepControl(func() { <-answer })
		return nil, nil, false
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	err = p.Publish(ctx, numbered(name, 0, 3))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "3 messages are on their way")
	close(answer)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 3, 3)))
	require.Len(t, readAll(t, cfg, name), 6, "they did arrive")
	require.ErrorIs(t, p.Publish(ctx, numbered(name, 6, 1)), context.Canceled)
}

func TestPublishErrorCountsAndSeesAnOrderThatWasLost(t *testing.T) {
	t.Parallel()
	batch := make([]*sarama.ProducerMessage, 4)
	for i, key := range []string{"a", "b", "a", "b"} {
		batch[i] = Message{Topic: "t", Key: []byte(key)}.toSarama()
	}
	fail := func(which ...int) sarama.ProducerErrors {
		var errs sarama.ProducerErrors
		for _, i := range which {
			errs = append(errs, &sarama.ProducerError{Msg: batch[i], Err: sarama.ErrNotEnoughReplicas})
		}
		return errs
	}
	for name, row := range map[string]struct {
		err       error
		failed    int
		reordered bool
	}{
		"the last of a key":                    {fail(2), 1, false},
		"all of a key":                         {fail(1, 3), 2, false},
		"the first of a key, and not the next": {fail(0), 1, true},
		"something else altogether":            {sarama.ErrClosedClient, 4, false},
	} {
		var failed *PublishError
		require.ErrorAs(t, publishError(batch, row.err), &failed, name)
		require.Equal(t, row.failed, failed.Failed, name)
		require.Equal(t, row.reordered, failed.Reordered, name)
		require.Contains(t, failed.Error(), fmt.Sprintf("%d of 4", row.failed), name)
	}
	require.NoError(t, publishError(batch, nil))
}
