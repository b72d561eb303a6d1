package bus

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrLostTail means that a partition no longer has the message that was taken from it last: an election, or a restored
// broker, has cost it its tail, and it was filled again. The offsets that follow are other messages than those that
// were acknowledged.
var ErrLostTail = errors.New("bus: the partition has lost its tail")

// markersInterval is how often the end of a quiet partition is read for markers.
const markersInterval = time.Second

// lastMessage identifies the message that was handed out last.
type lastMessage struct {
	offset int64
	sum    Fingerprint
}

// handOut notes the last message of a batch.
func (p *Partition) handOut(batch []Message) {
	if len(batch) == 0 {
		return
	}
	last := &batch[len(batch)-1]
	p.next = last.Offset + 1
	if last.Unreadable {
		p.last = nil // it has no content to compare
		return
	}
	p.last = &lastMessage{offset: last.Offset, sum: last.Fingerprint()}
}

// anchor notes the message before the place at which the partition is begun, so that it can be compared after an
// election. One that retention has removed, or a marker, is nothing to compare with.
func (p *Partition) anchor(ctx context.Context) error {
	p.last = nil
	if p.next == 0 {
		return nil
	}
	found, err := p.reader.at(ctx, p.Topic, p.ID, p.next-1)
	if err != nil || found == nil {
		return err
	}
	p.last = &lastMessage{offset: p.next - 1, sum: found.Fingerprint()}
	return nil
}

// Before identifies the message before the place at which the partition is begun, as it was when the first message was
// asked for; false when there is nothing to compare with.
func (p *Partition) Before() (Fingerprint, bool) {
	if p.last == nil {
		return Fingerprint{}, false
	}
	return p.last.sum, true
}

// verify compares, once the leader may be another one, the message that was handed out last with what is at its offset
// now. It is called after the first messages of the new leader have arrived and before they are handed out: then
// nothing can come between.
func (p *Partition) verify(ctx context.Context) error {
	if !p.suspect.Swap(false) {
		return nil
	}
	err := p.compare(ctx)
	if err != nil {
		p.suspect.Store(true)
	}
	return err
}

// compare reads the message again that was handed out last.
func (p *Partition) compare(ctx context.Context) error {
	if p.last == nil {
		return nil
	}
	found, err := p.reader.at(ctx, p.Topic, p.ID, p.last.offset)
	if err != nil {
		return err
	}
	if found != nil && found.Fingerprint() != p.last.sum {
		return fmt.Errorf("%w: %s/%d has another message at offset %d than was taken there", ErrLostTail, p.Topic, p.ID,
			p.last.offset)
	}
	return nil
}

// at reads the message at an offset; nil when there is none: it was removed, is a marker, or cannot be read.
func (l *TopicReader) at(ctx context.Context, topic string, partition int32, offset int64) (found *Message, err error) {
	err = l.readBy(ctx, topic, partition, PartitionState{offset, offset + 1}, 1, func(m Message) error {
		found = &m
		return nil
	})
	if errors.Is(err, ErrUnreadable) || outOfRange(err) {
		return nil, nil
	}
	return found, err
}

// TimeAt returns the time of the message at an offset; false when there is none.
func (l *TopicReader) TimeAt(ctx context.Context, topic string, partition int32, offset int64) (time.Time, bool,
	error) {
	found, err := l.at(ctx, topic, partition, offset)
	if found == nil || err != nil {
		return time.Time{}, false, err
	}
	return found.Time, true, nil
}

// passMarkers moves the place over markers of transactions and records that were rolled back, which no message follows
// yet: once retention removes them, the place would be before the beginning of the partition although nothing was lost.
func (p *Partition) passMarkers(ctx context.Context) error {
	end, ok := p.from.(interface{ HighWaterMarkOffset() int64 })
	if !ok || end.HighWaterMarkOffset() <= p.next || time.Since(p.quietAt) < markersInterval {
		return nil
	}
	p.quietAt = time.Now()
	if p.suspect.Load() { // the markers may be of another history
		if err := p.compare(ctx); err != nil {
			return err
		}
	}
	next, err := p.reader.passMarkers(ctx, p.Topic, p.ID, p.next)
	if err == nil && len(p.from.Messages()) == 0 {
		p.next = next
	}
	return err
}

// passMarkers returns the offset behind the markers, and the records that were rolled back, which are at an offset; the
// offset itself when there is something else, or nothing.
func (l *TopicReader) passMarkers(ctx context.Context, topic string, partition int32, at int64) (int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		block, err := l.fetch(ctx, topic, partition, at, fetchBytesMax)
		if err != nil {
			if unreadable(err) {
				return at, nil
			}
			return at, fmt.Errorf("bus: read %s/%d at %d: %w", topic, partition, at, err)
		}
		passed := at
		rolledBack := abortedIn(block)
		for _, set := range block.RecordsSet {
			batch := set.RecordBatch
			if batch == nil || batch.PartialTrailingRecord || batch.LastOffset() < at {
				continue
			}
			if !rolledBack.skips(batch) {
				return passed, nil
			}
			passed = batch.LastOffset() + 1
		}
		if passed == at {
			return at, nil
		}
		at = passed
	}
}
