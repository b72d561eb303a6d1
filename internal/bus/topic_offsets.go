package bus

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// offsets fills in where the messages of all topics are: one request a broker for each end, however many partitions
// there are. A partition whose answer is an error, as while its leader changes, is asked for alone, which tries again.
func (l *TopicReader) offsets(states []TopicState) error {
	for _, end := range []struct {
		at   int64
		word string
		of   func(*PartitionState) *int64
	}{
		{sarama.OffsetOldest, "oldest", func(p *PartitionState) *int64 { return &p.Oldest }},
		{sarama.OffsetNewest, "newest", func(p *PartitionState) *int64 { return &p.Newest }},
	} {
		answers := l.offsetsAt(states, end.at)
		for _, s := range states {
			for p := range s.Partitions {
				name := l.cfg.TopicPrefix + s.Topic
				offset, known := answers[partitionOf{name, int32(p)}]
				if !known {
					var err error
					if offset, err = l.client.GetOffset(name, int32(p), end.at); err != nil {
						return fmt.Errorf("bus: %s offset of %s/%d: %w", end.word, s.Topic, p, err)
					}
				}
				*end.of(&s.Partitions[p]) = offset
			}
		}
	}
	return nil
}

// Ends are the offsets that the next messages of a topic get, by partition: one request a broker. A partition whose
// leader does not answer is left out.
func (p *Publisher) Ends(topic string) (map[int32]int64, error) {
	partitions, err := p.Partitions(topic)
	if err != nil {
		return nil, err
	}
	asked := TopicState{Topic: topic, Partitions: make([]PartitionState, partitions)}
	ends := make(map[int32]int64, partitions)
	for at, offset := range p.reader.offsetsAt([]TopicState{asked}, sarama.OffsetNewest) {
		ends[at.partition] = offset
	}
	return ends, nil
}

type partitionOf struct {
	topic     string
	partition int32
}

// offsetsRequest asks a leader for one end of its partitions.
type offsetsRequest struct {
	*sarama.OffsetRequest
	asked []partitionOf
}

// offsetsAt asks the leader of each partition; those that are missing in the answer are not known.
func (l *TopicReader) offsetsAt(states []TopicState, at int64) map[partitionOf]int64 {
	found := map[partitionOf]int64{}
	for leader, request := range l.offsetsRequests(states, at) {
		response, err := leader.GetAvailableOffsets(request.OffsetRequest)
		if err != nil {
			_ = leader.Close() // a connection in an unknown state; the next call opens another
			continue
		}
		for _, one := range request.asked {
			if offset, known := offsetOf(response.GetBlock(one.topic, one.partition)); known {
				found[one] = offset
			}
		}
	}
	return found
}

func (l *TopicReader) offsetsRequests(states []TopicState, at int64) map[*sarama.Broker]*offsetsRequest {
	requests := map[*sarama.Broker]*offsetsRequest{}
	for _, s := range states {
		for p := range s.Partitions {
			one := partitionOf{l.cfg.TopicPrefix + s.Topic, int32(p)}
			leader, err := l.client.Leader(one.topic, one.partition)
			if err != nil {
				continue
			}
			if requests[leader] == nil {
				requests[leader] = &offsetsRequest{OffsetRequest: sarama.NewOffsetRequest(l.client.Config().Version)}
			}
			requests[leader].AddBlock(one.topic, one.partition, at, 1)
			requests[leader].asked = append(requests[leader].asked, one)
		}
	}
	return requests
}

func offsetOf(block *sarama.OffsetResponseBlock) (int64, bool) {
	if block == nil || !errors.Is(block.Err, sarama.ErrNoError) || len(block.Offsets) != 1 {
		return 0, false
	}
	return block.Offsets[0], true
}
