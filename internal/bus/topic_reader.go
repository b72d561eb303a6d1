package bus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/IBM/sarama"
)

// TopicReader looks at topics without being in a group.
type TopicReader struct {
	client sarama.Client
	cfg    Config

	mu       sync.Mutex
	consumer sarama.Consumer // opened when first needed
}

// TopicState is what identifies a topic and where its messages are. A shard
// remembers the id and the count, and refuses to go on when they differ.
type TopicState struct {
	// Topic is the name.
	Topic string
	// ID is what the broker gave it at creation; a topic that was deleted and
	// created again has another one.
	ID string
	// Partitions by their number.
	Partitions []PartitionState
}

// Count is the number of partitions.
func (s TopicState) Count() int32 { return int32(len(s.Partitions)) }

// PartitionState says which offsets a partition holds.
type PartitionState struct {
	// Oldest is the first offset that can be read.
	Oldest int64
	// Newest is the offset that the next message gets; Oldest = Newest is empty.
	Newest int64
}

// NewTopicReader connects.
func NewTopicReader(cfg Config) (*TopicReader, error) {
	conf, err := cfg.sarama()
	if err != nil {
		return nil, err
	}
	conf.Net.ReadTimeout = fetchTimeout // nothing that it asks for is held by a broker for long
	client, err := sarama.NewClient(cfg.Brokers, conf)
	if err != nil {
		return nil, fmt.Errorf("bus: connect: %w", err)
	}
	return &TopicReader{client: client, cfg: cfg}, nil
}

// Close ends the connections.
func (l *TopicReader) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.consumer != nil {
		_ = l.consumer.Close() // fails only while partitions are open, and closes the same
	}
	_ = l.client.Close() // fails only when it is closed
}

// TopicStates returns the state of each topic, in the order asked for. A topic
// that does not exist is an error.
func (l *TopicReader) TopicStates(ctx context.Context, topics []string) ([]TopicState, error) {
	states := make([]TopicState, len(topics))
	for i, topic := range topics {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		state, err := l.counted(topic)
		if err != nil {
			return nil, err
		}
		states[i] = state
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := l.offsets(states); err != nil {
		return nil, err
	}
	return states, nil
}

// state is that of one topic.
func (l *TopicReader) state(topic string) (TopicState, error) {
	state, err := l.counted(topic)
	if err != nil {
		return TopicState{}, err
	}
	states := []TopicState{state}
	return states[0], l.offsets(states)
}

// describe asks the broker afresh: what the client has cached may be of a topic
// that was deleted since. It asks directly, because the client would try again for
// a second before it says that a topic does not exist.
func (l *TopicReader) describe(topic string) (*sarama.TopicMetadata, error) {
	topic = l.cfg.TopicPrefix + topic
	response, err := l.metadata(topic)
	if err != nil {
		return nil, err
	}
	for _, meta := range response.Topics {
		if meta.Name != topic {
			continue
		}
		if !errors.Is(meta.Err, sarama.ErrNoError) {
			return nil, meta.Err
		}
		return meta, ignoreLeaderless(l.client.RefreshMetadata(topic))
	}
	return nil, sarama.ErrUnknownTopicOrPartition
}

// metadata asks one broker after the other: the one that the client would choose may be away, which the cluster takes
// seconds to notice.
func (l *TopicReader) metadata(topic string) (*sarama.MetadataResponse, error) {
	last := sarama.ErrOutOfBrokers
	brokers := l.client.Brokers()
	if least := l.client.LeastLoadedBroker(); least != nil {
		brokers = append([]*sarama.Broker{least}, brokers...)
	}
	for _, broker := range brokers {
		if err := broker.Open(l.client.Config()); err != nil && !errors.Is(err, sarama.ErrAlreadyConnected) {
			return nil, err
		}
		response, err := broker.GetMetadata(sarama.NewMetadataRequest(protocolVersion, []string{topic}))
		if err == nil {
			return response, nil
		}
		_ = broker.Close() // a connection in an unknown state; the next call opens another
		last = err
	}
	return nil, last
}

// ownSource is a partition consumer of our own, drained of its errors.
type ownSource struct {
	sarama.PartitionConsumer
	drained chan struct{}
}

// open reads a partition from next on; failed hears of each error on the way.
func (l *TopicReader) open(topic string, partition int32, next int64, failed func(error)) (*ownSource, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.consumer == nil {
		consumer, err := sarama.NewConsumerFromClient(l.client)
		if err != nil {
			return nil, fmt.Errorf("bus: open %s/%d: %w", topic, partition, err)
		}
		l.consumer = consumer
	}
	opened, err := l.consumer.ConsumePartition(l.cfg.TopicPrefix+topic, partition, next)
	if err != nil {
		return nil, fmt.Errorf("bus: open %s/%d at %d: %w", topic, partition, next, err)
	}
	s := &ownSource{PartitionConsumer: opened, drained: make(chan struct{})}
	go func() {
		defer close(s.drained)
		for err := range opened.Errors() {
			l.cfg.logger().Warn("bus: reading partition", "topic", topic, "partition", partition, "error", err.Err)
			failed(err)
		}
	}()
	return s, nil
}

// Close stops reading and waits until sarama has let go of the partition, which
// can otherwise not be opened again.
func (s *ownSource) Close() {
	s.AsyncClose()
	for range s.Messages() {
	}
	<-s.drained
}

// outOfRange reports whether an error says that a partition does not have an offset.
func outOfRange(err error) bool { return errors.Is(err, sarama.ErrOffsetOutOfRange) }
