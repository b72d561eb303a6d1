package bus

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/IBM/sarama"
)

// unreadableSpanMax is how many offsets an unreadable batch may have for us to
// step over it by ourselves: each one costs a fetch that is unfolded up to
// decompressedBytesMax. A batch that is more than a mistake holds one message.
const unreadableSpanMax = 64

// ErrUnreadable means that a batch unfolds to more than decompressedBytesMax and
// has more messages than we step over. An operator has to move the shard on.
var ErrUnreadable = errors.New("bus: unreadable batch")

// unreadable tells the one error that stays however often a batch is fetched.
//
// sarama decodes the answer of a broker as a whole, so such a batch would stop all
// partitions that this member reads from that broker, indefinitely: a megabyte of
// someone's zeros. Topics that we create refuse it (see commands in topics.go);
// here is what remains for topics that others have created, and for brokers that
// do not check. The partition concerned is paused in sarama's consumer, which sets
// the others free, and reads batch by batch until it is past the unreadable one.
func unreadable(err error) bool { return errors.Is(err, sarama.ErrDecompressedBatchTooLarge) }

// report is called with each error of a partition's source, of this partition or
// another one that shares its connection.
func (p *Partition) report(err error) {
	p.suspect.Store(true)
	if !unreadable(err) {
		return
	}
	select {
	case p.trouble <- struct{}{}:
	default: // it is known
	}
}

// inspect finds out whether the unreadable batch is among our next ones.
func (p *Partition) inspect(ctx context.Context) {
	if _, err := p.reader.fetch(ctx, p.Topic, p.ID, p.next, fetchBytesMax); unreadable(err) {
		p.careful = true
		pause(p.from)
	}
}

// pause keeps sarama from fetching for a source that is not read any more.
func pause(s source) {
	if fetching, ok := s.(interface{ Pause() }); ok {
		fetching.Pause()
	}
}

// step reads the next batch alone.
func (p *Partition) step(ctx context.Context, limit int) (batch []Message, err error) {
	block, err := p.reader.fetch(ctx, p.Topic, p.ID, p.next, 1)
	if unreadable(err) {
		return p.stepOver(ctx, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("bus: read %s/%d at %d: %w", p.Topic, p.ID, p.next, err)
	}
	next, err := deliver(block, p.Topic, p.ID, p.next, math.MaxInt64, func(m Message) error {
		batch = append(batch, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if next == 0 { // nothing there: the batch is gone
		return nil, p.resume()
	}
	if err := p.verify(ctx); err != nil {
		return nil, err
	}
	if len(batch) > limit { // the rest of the batch is fetched again
		p.handOut(batch[:limit])
		return batch[:limit], nil
	}
	p.handOut(batch)
	p.next = next
	return batch, nil
}

// stepOver hands out the offsets of the unreadable batch, and goes on behind it.
func (p *Partition) stepOver(ctx context.Context, limit int) ([]Message, error) {
	if err := p.verify(ctx); err != nil {
		return nil, err
	}
	state, err := p.reader.state(p.Topic)
	if err != nil {
		return nil, err
	}
	newest := state.Partitions[p.ID].Newest
	end := p.next + 1
	for ; end < newest; end++ {
		if end-p.next > unreadableSpanMax {
			return nil, fmt.Errorf("%w: %s/%d from offset %d: more than %d messages; "+
				"when it is known what they are, 'tenure topics rebase' moves the shard on",
				ErrUnreadable, p.Topic, p.ID, p.next, unreadableSpanMax)
		}
		if _, err := p.reader.fetch(ctx, p.Topic, p.ID, end, 1); err == nil {
			break
		} else if !unreadable(err) {
			return nil, fmt.Errorf("bus: read %s/%d at %d: %w", p.Topic, p.ID, end, err)
		}
	}
	var batch []Message
	for ; p.next < end && len(batch) < limit; p.next++ {
		batch = append(batch, Message{Topic: p.Topic, Partition: p.ID, Offset: p.next, Unreadable: true})
		p.last = nil
	}
	if p.next < end {
		return batch, nil
	}
	return batch, p.resume()
}

// resume reads on from next by a consumer of our own.
func (p *Partition) resume() error {
	p.close()
	own, err := p.reader.open(p.Topic, p.ID, p.next, p.report)
	if err != nil {
		return err
	}
	p.from, p.own, p.careful = own, own, false
	return nil
}

// close ends what resume opened.
func (p *Partition) close() {
	if p.own != nil {
		p.own.Close()
		p.own = nil
	}
}
