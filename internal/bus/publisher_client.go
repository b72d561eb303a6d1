package bus

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// leaderPoll is how often a partition without a leader, or of brokers that are away, is looked at.
const leaderPoll = 250 * time.Millisecond

// producerClient is the client of a producer that waits for the leader of one partition at a time.
//
// sarama fails the batch in hand when a partition has no leader, or no broker can be reached, after a few attempts, and
// goes on with the next one, which would turn the order around; and it has all partitions of a topic wait while any of
// them has none. Here each partition waits for its own leader, as long as its process runs.
type producerClient struct {
	sarama.Client
	stopped chan struct{}
	once    sync.Once
}

func newProducerClient(brokers []string, conf *sarama.Config) (*producerClient, error) {
	client, err := sarama.NewClient(brokers, conf)
	if err != nil {
		return nil, fmt.Errorf("bus: connect publisher: %w", err)
	}
	return &producerClient{Client: client, stopped: make(chan struct{})}, nil
}

// stop ends the waiting for leaders.
func (c *producerClient) stop() { c.once.Do(func() { close(c.stopped) }) }

func (c *producerClient) close() {
	c.stop()
	_ = c.Client.Close() // fails only when it is closed
}

// RefreshMetadata asks for the leaders of topics. That one has none, or that nobody answers, is said by Leader, of that
// one.
func (c *producerClient) RefreshMetadata(topics ...string) error {
	if err := c.Client.RefreshMetadata(topics...); !passes(err) {
		return err
	}
	return nil
}

// Leader waits until the partition has one. Each partition has its own goroutine for that.
func (c *producerClient) Leader(topic string, partition int32) (*sarama.Broker, error) {
	for {
		broker, err := c.Client.Leader(topic, partition)
		if !passes(err) {
			return broker, err
		}
		select {
		case <-c.stopped:
			return nil, err
		case <-time.After(leaderPoll):
		}
		_ = c.RefreshMetadata(topic) // the next attempt reports whether there is one
	}
}

// passes reports whether an error passes by itself: nobody is elected yet, or no broker can be reached. One that they
// give us no way in does not.
func passes(err error) bool {
	if errors.Is(err, sarama.ErrOutOfBrokers) {
		return !errors.Is(err, sarama.ErrSASLAuthenticationFailed)
	}
	return errors.Is(err, sarama.ErrLeaderNotAvailable)
}
