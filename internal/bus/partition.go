package bus

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
)

// batchBytesMax bounds the values of one batch in memory: a batch of a thousand
// messages of the largest size would be a gigabyte.
const batchBytesMax = 8 << 20

// source is where a partition's messages come from: the group's claim, or after
// a fault a consumer of our own.
type source interface {
	Messages() <-chan *sarama.ConsumerMessage
	HighWaterMarkOffset() int64
}

// Partition is a claimed partition in the hands of its owner. It is for one
// goroutine, and ends with the context that came with it.
type Partition struct {
	// Topic and ID name the partition.
	Topic string
	ID    int32

	from   source
	mark   func(next int64)
	reader *TopicReader

	observer Observer

	// next, and what follows it, is for reading past an unreadable batch.
	next    int64         // the offset after the last message that was handed out
	trouble chan struct{} // sarama met a batch that it cannot decode, here or elsewhere
	careful bool          // such a batch is ahead of next
	own     *ownSource    // what we read from since

	// suspect says that what comes next may be of another leader; last is what was handed out last.
	suspect atomic.Bool
	last    *lastMessage
	quietAt time.Time // when the end of the partition was last read while nothing came
}

// Next returns the messages that are there, at most max and about 8 MiB of them.
// It waits for the first one, up to wait, and then takes what has arrived without
// waiting for more: under load batches grow by themselves. Without a message in
// that time it returns none and no error. Offsets rise and may have gaps, where
// a transaction's markers or compacted messages are. See Message.Unreadable for
// the one kind of message that comes without its bytes.
func (p *Partition) Next(ctx context.Context, limit int, wait time.Duration) ([]Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.observer.Round(p.Topic, p.ID, time.Now())
	if p.careful {
		return p.step(ctx, limit)
	}
	first, err := p.first(ctx, wait)
	if err != nil {
		return nil, err
	}
	if first == nil {
		return nil, p.passMarkers(ctx)
	}
	batch := p.collect(first, limit)
	if err := p.verify(ctx); err != nil { // after a message of the new leader is here, and before any is handed out
		return nil, err
	}
	p.handOut(batch)
	return batch, nil
}

// Beat reports that the loop goes on which has messages in hand, in place of Next.
func (p *Partition) Beat(ctx context.Context) error {
	p.observer.Round(p.Topic, p.ID, time.Now())
	return ctx.Err()
}

// Position is the offset of the next message. It is above what follows from the messages where markers of transactions,
// or records that were rolled back, are at the end of the partition.
func (p *Partition) Position() int64 { return p.next }

// collect adds what has arrived behind first.
func (p *Partition) collect(first *sarama.ConsumerMessage, limit int) []Message {
	messages := p.from.Messages()
	batch := make([]Message, 1, min(limit, len(messages)+1))
	batch[0] = fromSarama(p.Topic, first)
	for bytes := len(first.Value); len(batch) < limit && bytes < batchBytesMax; {
		select {
		case m, ok := <-messages:
			if !ok { // the next call says so
				return batch
			}
			batch = append(batch, fromSarama(p.Topic, m))
			bytes += len(m.Value)
		default:
			return batch
		}
	}
	return batch
}

func (p *Partition) first(ctx context.Context, wait time.Duration) (*sarama.ConsumerMessage, error) {
	select { // a message that is there costs no timer
	case m, ok := <-p.from.Messages():
		return p.alive(ctx, m, ok)
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case m, ok := <-p.from.Messages():
		return p.alive(ctx, m, ok)
	case <-timer.C:
		return nil, nil
	case <-p.trouble:
		p.inspect(ctx)
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *Partition) alive(ctx context.Context, m *sarama.ConsumerMessage, ok bool) (*sarama.ConsumerMessage, error) {
	if ok {
		return m, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return nil, errSourceEnded
}

// End is the offset behind the newest message of the partition, as the last fetch that brought messages found it; 0
// before the first.
func (p *Partition) End() int64 { return p.from.HighWaterMarkOffset() }

// Mark tells Kafka, within a second or so and only as a hint for those who watch
// lag, that all messages before next have been taken. The offset that counts is
// the one in the database.
func (p *Partition) Mark(next int64) { p.mark(next) }
