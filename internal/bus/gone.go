package bus

import (
	"context"
	"fmt"
	"time"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
)

const (
	// goneLooks is how often a partition is looked at that ends before a message, and goneAgain the pause between: one
	// whose leader is new may not know its end for a moment.
	goneLooks, goneAgain = 3, time.Second
)

// Gone returns those of some messages that are not where they were acknowledged: their partitions end before, or have
// another message there. What retention has removed is not gone. Of partitions that nobody leads it is not known.
func (l *TopicReader) Gone(ctx context.Context, ends []End) (gone, unknown []End, err error) {
	for look := 1; len(ends) > 0; look++ {
		spans, err := l.spansOf(ends)
		if err != nil {
			return nil, nil, fmt.Errorf("bus: look for what was published: %w", err)
		}
		var short []End
		for _, e := range ends {
			switch span, led := spans[place{e.Topic, e.Partition}]; {
			case !led:
				unknown = append(unknown, e)
			case e.Offset >= span.Newest:
				short = append(short, e)
			default:
				if gone, err = l.appendGone(ctx, gone, e, span); err != nil {
					return nil, nil, err
				}
			}
		}
		if look == goneLooks {
			return append(gone, short...), unknown, nil
		}
		if ends = short; len(ends) > 0 && !backoff.Sleep(ctx, goneAgain) {
			return nil, nil, ctx.Err()
		}
	}
	return gone, unknown, nil
}

// appendGone adds a message within the end of its partition, if another one is there. One that cannot be read is not
// told from one that was removed.
func (l *TopicReader) appendGone(ctx context.Context, gone []End, e End, span PartitionState) ([]End, error) {
	if e.Offset < span.Oldest {
		return gone, nil
	}
	found, err := l.at(ctx, e.Topic, e.Partition, e.Offset)
	if found != nil && string(found.Header("ce_id")) != e.ID {
		gone = append(gone, e)
	}
	return gone, err
}

// spansOf asks for both ends of the partitions of some messages: one that has no leader is left out. One that is not
// there ends before all of its messages.
func (l *TopicReader) spansOf(ends []End) (map[place]PartitionState, error) {
	counts, states, err := l.countedOf(ends)
	if err != nil {
		return nil, err
	}
	oldest, newest := l.offsetsAt(states, sarama.OffsetOldest), l.offsetsAt(states, sarama.OffsetNewest)
	spans := map[place]PartitionState{}
	for at := range partitionsOf(ends) {
		asked := partitionOf{l.cfg.TopicPrefix + at.topic, at.partition}
		from, led := oldest[asked]
		to, still := newest[asked]
		if led && still || at.partition >= counts[at.topic] {
			spans[at] = PartitionState{from, to}
		}
	}
	return spans, nil
}

// countedOf asks how many partitions the topics of some messages have, as they are asked for.
func (l *TopicReader) countedOf(ends []End) (counts map[string]int32, states []TopicState, err error) {
	counts = map[string]int32{}
	for _, e := range ends {
		if _, known := counts[e.Topic]; known {
			continue
		}
		meta, err := l.describe(e.Topic)
		if err != nil {
			return nil, nil, fmt.Errorf("topic %s: %w", e.Topic, err)
		}
		counts[e.Topic] = int32(len(meta.Partitions))
		states = append(states, TopicState{Topic: e.Topic, Partitions: make([]PartitionState, len(meta.Partitions))})
	}
	return counts, states, nil
}

// Last returns the last message of a partition; false where there is none.
func (l *TopicReader) Last(ctx context.Context, topic string, partition int32) (last End, found bool, err error) {
	states, err := l.TopicStates(ctx, []string{topic})
	if err != nil || int(partition) >= len(states[0].Partitions) {
		return End{}, false, err
	}
	offset := states[0].Partitions[partition].Newest - 1
	if offset < states[0].Partitions[partition].Oldest {
		return End{}, false, nil
	}
	m, err := l.at(ctx, topic, partition, offset)
	if m == nil || err != nil {
		return End{}, false, err
	}
	return EndOf(*m), true, nil
}

// OldestTime returns the earliest of the times of the first messages of a topic's partitions; false when it has none.
func (l *TopicReader) OldestTime(ctx context.Context, topic string) (oldest time.Time, found bool, err error) {
	states, err := l.TopicStates(ctx, []string{topic})
	if err != nil {
		return time.Time{}, false, err
	}
	for number, span := range states[0].Partitions {
		at, known, err := l.TimeAt(ctx, topic, int32(number), span.Oldest) // none where it is empty
		if err != nil {
			return time.Time{}, false, err
		}
		if known && (!found || at.Before(oldest)) {
			oldest, found = at, true
		}
	}
	return oldest, found, nil
}
