package bus

import (
	"errors"
	"fmt"
	"sync"

	"github.com/IBM/sarama"
)

// groupClient is the client of a group's member. It sees each change of a leader before anything is fetched from the
// new one: an election may have cost the topic its tail, and producers may have filled it again past the offset that is
// read next, so that the offset alone would hide it (see Partition.verify).
//
// Joins are answered only when all have joined, a fetch at once: the coordinator has a connection with a long timeout,
// and the leaders one with a short one, so that a broker that hangs is left within seconds.
type groupClient struct {
	sarama.Client // of the leaders
	joining       sarama.Client
	topic         string
	moved         func(partition int32)

	mu     sync.Mutex
	epochs map[int32]leader
}

type leader struct{ broker, epoch int32 }

// client connects a member of the group.
func (c *consumer) client() (*groupClient, error) {
	joining, err := sarama.NewClient(c.cfg.Brokers, c.conf)
	if err != nil {
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	conf := *c.conf
	conf.Net.ReadTimeout = fetchTimeout
	leaders, err := sarama.NewClient(c.cfg.Brokers, &conf)
	if err != nil {
		_ = joining.Close() // fails only when it is closed
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	return &groupClient{
		Client: leaders, joining: joining, topic: c.cfg.TopicPrefix + c.topic, moved: c.leaderMoved,
		epochs: map[int32]leader{},
	}, nil
}

func (g *groupClient) close() {
	_ = g.Client.Close()  // fails only when it is closed
	_ = g.joining.Close() // likewise
}

// Coordinator is that of the group, on the connection that waits for joins.
func (g *groupClient) Coordinator(group string) (*sarama.Broker, error) {
	return g.joining.Coordinator(group)
}

// RefreshCoordinator asks again who coordinates the group.
func (g *groupClient) RefreshCoordinator(group string) error {
	return g.joining.RefreshCoordinator(group)
}

// LeaderAndEpoch is asked before a partition is fetched from its leader, and with each of its answers.
func (g *groupClient) LeaderAndEpoch(topic string, partition int32) (*sarama.Broker, int32, error) {
	broker, epoch, err := g.Client.LeaderAndEpoch(topic, partition)
	if err != nil || topic != g.topic {
		return broker, epoch, err
	}
	now := leader{broker.ID(), epoch}
	g.mu.Lock()
	before, known := g.epochs[partition]
	g.epochs[partition] = now
	g.mu.Unlock()
	if known && before != now {
		g.moved(partition)
	}
	return broker, epoch, nil
}

// RefreshMetadata is asked when a leader does not answer or answers that it is none. That a partition has no leader is
// no reason for the others of its topic to wait: LeaderAndEpoch says it of that one.
func (g *groupClient) RefreshMetadata(topics ...string) error {
	g.moved(-1)
	return ignoreLeaderless(g.Client.RefreshMetadata(topics...))
}

func ignoreLeaderless(err error) error {
	if errors.Is(err, sarama.ErrLeaderNotAvailable) {
		return nil
	}
	return err
}
