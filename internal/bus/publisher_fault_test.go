package bus

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"tenure/internal/test/kafkatest"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The acknowledgement of a batch gets lost and the batch is sent again: the broker
// knows it by its sequence number, and it is there once.
func TestPublish_WritesOnceWhenAnAcknowledgementIsLost(t *testing.T) {
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

func TestPublish_EndsWithItsContextWhileTheBrokerIsSilent(t *testing.T) {
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

// For a while no leader is elected. A publisher that gave up on the batch in hand
// and then sent the next one would turn the order around.
func TestPublish_WaitsForALeaderAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	cfg := Config{Brokers: cluster.ListenAddrs(), Logger: quiet()}
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 7)))

	var looks atomic.Int32
	const looksWithoutLeader = 10 // sarama's default gives up after 4
	leaderless := func() bool { return looks.Load() < looksWithoutLeader }
	cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if !leaderless() {
			return nil, nil, false
		}
		return kafkatest.Refused(req.(*kmsg.ProduceRequest), int16(sarama.ErrNotLeaderForPartition)), nil, true
	})
	cluster.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if !leaderless() {
			return nil, nil, false
		}
		looks.Add(1)
		return withoutLeader(req.(*kmsg.MetadataRequest), portOf(t, cfg)), nil, true
	})
	require.NoError(t, p.Publish(t.Context(), numbered(name, 7, 3000)))
	all := readAll(t, cfg, name)
	require.Len(t, all, 3007)
	inOrder(t, all)
}

// A process is cut off from all brokers at once. A batch that failed at once, while the next one waited for them, would
// be behind it.
func TestPublish_CutOffFromAllBrokersKeepsTheOrder(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	way := &way{}
	cfg.Tune = func(s *sarama.Config) { s.Net.Proxy.Enable, s.Net.Proxy.Dialer = true, way }
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 7)))
	way.armed.Store(true)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 7, 3000)))
	require.Negative(t, way.closed.Load(), "it was closed and is open")
	all := readAll(t, cfg, name)
	require.Len(t, all, 3007)
	inOrder(t, all)
}

// A topic that is deleted and made again has other offsets, and a broker that knows nothing of what was written to it.
func TestPublish_GoesOnWithATopicThatIsMadeAgain(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 100)))
	require.NoError(t, RemoveTopics(t.Context(), cfg, []string{name}))
	require.NoError(t, EnsureTopics(t.Context(), cfg, []TopicSpec{{Name: name, Partitions: 1, ReplicationFactor: -1}}))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, p.Publish(ctx, numbered(name, 100, 100)))
	all := readAll(t, cfg, name)
	require.Len(t, all, 100)
	inOrder(t, all)
}

// The client asks for the partitions of a topic once a minute.
func TestPublish_ToAPartitionThatWasAddedSinceTheClientAsked(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), numbered(name, 0, 1)))
	require.NoError(t, Grow(t.Context(), cfg, name, 2, false))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	placed := Message{Topic: name, Key: []byte("k"), Partition: 1, Placed: true}
	require.NoError(t, p.Publish(ctx, []Message{placed}))
	require.EqualValues(t, 1, readAll(t, cfg, name)[1].Partition)
	placed.Partition = 2
	require.ErrorContains(t, p.Publish(ctx, []Message{placed}), "there is no partition 2")
}

// dialsRefused is for longer than sarama looks for a broker by itself.
const dialsRefused = 20

// way leads to the brokers. Once armed it loses the next request, and is then closed for some attempts.
type way struct {
	armed  atomic.Bool
	closed atomic.Int32 // so many attempts more; below 0: open again
}

func (w *way) Dial(network, address string) (net.Conn, error) {
	if w.closed.Load() > 0 && w.closed.Add(-1) >= 0 {
		return nil, net.ErrClosed
	}
	w.closed.Store(-1)
	conn, err := (&net.Dialer{}).Dial(network, address)
	return wayConn{conn, w}, err
}

type wayConn struct {
	net.Conn
	way *way
}

func (c wayConn) Write(request []byte) (int, error) {
	if c.way.armed.CompareAndSwap(true, false) {
		c.way.closed.Store(dialsRefused)
	}
	if c.way.closed.Load() > 0 {
		return 0, errors.Join(net.ErrClosed, c.Close())
	}
	return c.Conn.Write(request)
}

func withoutLeader(req *kmsg.MetadataRequest, port int) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.MetadataResponse)
	broker := kmsg.NewMetadataResponseBroker()
	broker.Host, broker.Port = "127.0.0.1", int32(port)
	resp.Brokers = append(resp.Brokers, broker)
	for _, topic := range req.Topics {
		out := kmsg.NewMetadataResponseTopic()
		out.Topic = topic.Topic
		partition := kmsg.NewMetadataResponseTopicPartition()
		partition.Leader, partition.ErrorCode = -1, int16(sarama.ErrLeaderNotAvailable)
		out.Partitions = append(out.Partitions, partition)
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}
