package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// LostTailError says that a topic no longer holds the message that a shard took last: it lost its tail and was filled
// again, or was restored. Offsets after it would be other commands than the ones that were acknowledged.
type LostTailError struct {
	Topic     string
	Partition int32
	Offset    int64
	Shard     store.ShardID
}

// Error says what differs and what to run next.
func (e *LostTailError) Error() string {
	return fmt.Sprintf("worker: %s/%d holds another message at offset %d than shard %d took there: commands may be lost; "+
		"when that is known and accepted: tenure topics rebase --shard %d --to-offset OFFSET --reason TEXT",
		e.Topic, e.Partition, e.Offset, e.Shard, e.Shard)
}

// verifyLastRecord compares the last message that the shard took with what its offset holds now. A message that
// retention has removed proves nothing.
func (w *Worker) verifyLastRecord(
	ctx context.Context,
	topic string,
	partition int32,
	oldest int64,
	c store.Claim,
) error {
	last := c.NextOffset - 1
	if w.Lookup == nil || len(c.LastRecord) == 0 || last < oldest {
		return nil
	}
	same := true
	err := w.Lookup.Range(ctx, topic, partition, last, last+1, func(m bus.Message) error {
		same = m.Unreadable || bytes.Equal(m.Fingerprint().Bytes(), c.LastRecord) ||
			bytes.Equal(recordHash(m), c.LastRecord) // as earlier builds noted it: without headers and time
		return nil
	})
	if errors.Is(err, bus.ErrUnreadable) {
		return nil // what cannot be read is stepped over later, visibly; it must not keep its shard from being claimed
	}
	if err != nil {
		return fmt.Errorf("worker: read the last message of shard %d: %w", c.Shard, err)
	}
	if !same {
		return &LostTailError{Topic: topic, Partition: partition, Offset: last, Shard: c.Shard}
	}
	return nil
}

// verifyBeginning compares once more, where the partition found something else before its place than the shard took
// there: an election may have cost the topic its tail since the claim, and the partition, which compares what it hands
// out with what it found, would not know.
func (o *owner) verifyBeginning(ctx context.Context, p *bus.Partition) error {
	before, known := p.Before()
	if !known || bytes.Equal(before.Bytes(), o.claim.LastRecord) {
		return nil
	}
	return o.verifyLastRecord(ctx, p.Topic, p.ID, 0, o.claim)
}
