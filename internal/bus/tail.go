package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
)

// TailBounds say how much of the end of each partition is read.
type TailBounds struct {
	// Since is the time of the brokers' records from which on messages are read; zero: none for its age.
	Since time.Time
	// Least is how many of the last messages are read whatever their age, and Most how many at most.
	Least, Most int64
}

// Tail calls fn with what stands at the end of the topics, by topic, partition and offset. A record's time may be below
// that of the one before it, so that some of what is handed over may be older than asked for.
func (l *TopicReader) Tail(ctx context.Context, topics []string, bounds TailBounds, fn func(Message) error) error {
	spans, err := l.spans(ctx, topics, bounds)
	if err != nil {
		return fmt.Errorf("bus: end of topics: %w", err)
	}
	for i, topic := range topics {
		for p, s := range spans[i] {
			if err := l.read(ctx, topic, int32(p), s.Oldest, s.Newest, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// spans are the offsets of each partition that are within the bounds.
func (l *TopicReader) spans(ctx context.Context, topics []string, bounds TailBounds) ([][]PartitionState, error) {
	asks := &offsetAsks{lookup: l, byBroker: map[*sarama.Broker][]place{}}
	spans := make([][]PartitionState, len(topics))
	for i, topic := range topics {
		n, err := asks.add(topic)
		if err != nil {
			return nil, err
		}
		spans[i] = make([]PartitionState, n)
	}
	newest, err := asks.at(ctx, sarama.OffsetNewest) // before the others: what comes meanwhile is not read
	if err != nil {
		return nil, err
	}
	oldest, err := asks.at(ctx, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	young := map[place]int64{}
	if !bounds.Since.IsZero() {
		if young, err = asks.at(ctx, bounds.Since.UnixMilli()); err != nil {
			return nil, err
		}
	}
	for i, topic := range topics {
		for p := range spans[i] {
			at := place{l.cfg.TopicPrefix + topic, int32(p)}
			if _, led := newest[at]; !led {
				continue // it has no leader: its span stays empty
			}
			begin := newest[at] - bounds.Least
			if first, ok := young[at]; ok && first >= 0 { // -1: no message is that young
				begin = min(begin, first)
			}
			spans[i][p] = PartitionState{Oldest: max(begin, newest[at]-bounds.Most, oldest[at]), Newest: newest[at]}
		}
	}
	return spans, nil
}

// place is a partition by its topic's name on the broker.
type place struct {
	topic     string
	partition int32
}

// offsetAsks asks each broker once for all of its partitions: one request a partition would make a start of 160
// partitions wait for 320 answers.
type offsetAsks struct {
	lookup   *TopicReader
	byBroker map[*sarama.Broker][]place
}

// add asks for all partitions of a topic and returns how many there are.
func (a *offsetAsks) add(topic string) (partitions int, err error) {
	meta, err := a.lookup.describe(topic)
	if err != nil {
		return 0, fmt.Errorf("topic %s: %w", topic, err)
	}
	for p := range meta.Partitions {
		at := place{a.lookup.cfg.TopicPrefix + topic, int32(p)}
		leader, err := a.lookup.client.Leader(at.topic, at.partition)
		if errors.Is(err, sarama.ErrLeaderNotAvailable) {
			continue // nothing can be read of it, nor published to it
		}
		if err != nil {
			return 0, fmt.Errorf("leader of %s/%d: %w", topic, p, err)
		}
		a.byBroker[leader] = append(a.byBroker[leader], at)
	}
	return len(meta.Partitions), nil
}

// at gives the first offsets since a time in milliseconds, -1 where there is none, or those of a word of Kafka's.
func (a *offsetAsks) at(ctx context.Context, time int64) (map[place]int64, error) {
	offsets := map[place]int64{}
	for broker, places := range a.byBroker {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		request := sarama.NewOffsetRequest(protocolVersion)
		for _, p := range places {
			request.AddBlock(p.topic, p.partition, time, 1)
		}
		response, err := broker.GetAvailableOffsets(request)
		if err != nil {
			_ = broker.Close() // a connection in an unknown state; the next call opens another
			return nil, err
		}
		if err := a.note(offsets, response, places); err != nil {
			return nil, err
		}
	}
	return offsets, nil
}

// note takes a broker's answer.
func (a *offsetAsks) note(offsets map[place]int64, response *sarama.OffsetResponse, places []place) error {
	for _, p := range places {
		block := response.GetBlock(p.topic, p.partition)
		if block == nil {
			return sarama.ErrIncompleteResponse
		}
		if !errors.Is(block.Err, sarama.ErrNoError) {
			_ = a.lookup.client.RefreshMetadata(p.topic) // the leader may have moved; the next try says if not
			return fmt.Errorf("offset of %s/%d: %w", p.topic, p.partition, block.Err)
		}
		offsets[p] = block.Offset
	}
	return nil
}

// Tail is [TopicReader.Tail] of the brokers that are published to.
func (p *Publisher) Tail(ctx context.Context, topics []string, bounds TailBounds, fn func(Message) error) error {
	return p.reader.Tail(ctx, topics, bounds, fn)
}

// OwnValueBytesMax is the most that the value of a message of ours may weigh, so that no broker refuses it whatever its
// key and its attributes are.
const OwnValueBytesMax = messageBytesMax - 16<<10

// Size is an upper bound of what the message weighs on the wire, in bytes.
func (m Message) Size() int { return m.size() }

// TooLarge tells that no broker takes the message: it weighs more than 1 MiB.
func (m Message) TooLarge() bool { return m.size() > messageBytesMax }

// ReplayTopic is the spec of a topic that a replay publishes to, for consumers that we do not know.
func ReplayTopic(name string, partitions int32, days int) TopicSpec {
	return kept(name, partitions, days)
}

// NoTopic tells that an error says that a topic does not exist.
func NoTopic(err error) bool { return errors.Is(err, sarama.ErrUnknownTopicOrPartition) }
