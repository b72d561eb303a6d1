package activity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"tenure/internal/bus"
	"tenure/projections"
)

const (
	// batchMax is how many messages are taken in one transaction.
	batchMax = 500
	// waitMax is how long a look for messages waits before it looks again.
	waitMax = 5 * time.Second
)

// idForm is an employee's id. A key that is none can have no row.
var idForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

// Topics reads messages of topics.
type Topics interface {
	// Range calls fn with the messages of a partition from one offset up to, and without, another.
	Range(ctx context.Context, topic string, partition int32, from, to int64, fn func(bus.Message) error) error
}

// Taker takes partitions of employee.activity; it is a bus.Owner.
type Taker struct {
	Database projections.Database
	Topics   Topics
	Log      *slog.Logger

	claims sync.Map // partition -> *projections.ActivityClaim
}

// Claim returns where a partition continues. Where the message before that place is another one than was taken there,
// or the partition ends before it, the topic has lost its tail: what was taken of it may be what was lost, and the
// partition is read from its beginning, which has all that is true. What compaction removed behind the place has a
// newer message after it.
func (t *Taker) Claim(ctx context.Context, topic string, partition int32, state bus.TopicState) (int64, error) {
	claim, err := projections.ClaimActivity(ctx, t.Database, state.ID, partition)
	if err != nil {
		return 0, err
	}
	t.claims.Store(partition, &claim)
	bounds := state.Partitions[partition]
	if claim.Next < bounds.Oldest {
		return bounds.Oldest, nil
	}
	lost := claim.Next > bounds.Newest
	if !lost {
		if lost, err = t.lostTail(ctx, topic, claim, bounds.Oldest); err != nil {
			return 0, err
		}
	}
	if lost {
		t.Log.Warn("activity: the topic has lost its tail, reading the partition from its beginning",
			"topic", topic, "partition", partition, "offset", claim.Next)
		if err := claim.Restart(ctx, t.Database, bounds.Oldest); err != nil {
			return 0, err
		}
	}
	return claim.Next, nil
}

// lostTail reports whether the message before the claim's place is another one than was taken there.
func (t *Taker) lostTail(
	ctx context.Context, topic string, claim projections.ActivityClaim, oldest int64,
) (lost bool, err error) {
	last := claim.Next - 1
	if len(claim.LastRecord) == 0 || last < oldest {
		return false, nil
	}
	err = t.Topics.Range(ctx, topic, claim.Partition, last, last+1, func(m bus.Message) error {
		lost = !m.Unreadable && !bytes.Equal(m.Fingerprint().Bytes(), claim.LastRecord)
		return nil
	})
	if errors.Is(err, bus.ErrUnreadable) {
		return false, nil // it is left out, as any that cannot be read
	}
	if err != nil {
		return false, fmt.Errorf("activity: read the last message of partition %d: %w", claim.Partition, err)
	}
	return lost, nil
}

// Work takes batches until ctx ends.
func (t *Taker) Work(ctx context.Context, p *bus.Partition) error {
	for ctx.Err() == nil {
		messages, err := p.Next(ctx, batchMax, waitMax)
		if err != nil {
			return err
		}
		if len(messages) == 0 {
			continue
		}
		if err := t.take(ctx, p.ID, messages); err != nil {
			return err
		}
		p.Mark(messages[len(messages)-1].Offset + 1)
	}
	return nil
}

// take writes a batch. What has no employee's id for a key, or is no activity, is left out and counted in the log: the
// next message of the employee makes up for it. Once another process has claimed the partition it writes nothing.
func (t *Taker) take(ctx context.Context, partition int32, messages []bus.Message) error {
	claimed, ok := t.claims.Load(partition)
	if !ok {
		return fmt.Errorf("activity: partition %d is not claimed", partition)
	}
	claim := claimed.(*projections.ActivityClaim)
	batch, bad := activityIn(messages)
	var lastRecord []byte
	if last := messages[len(messages)-1]; !last.Unreadable {
		lastRecord = last.Fingerprint().Bytes()
	}
	unread, err := claim.Take(ctx, t.Database, batch, lastRecord)
	if err != nil {
		return err
	}
	if bad += unread; bad > 0 {
		t.Log.Warn("activity that cannot be read was left out", "partition", partition, "messages", bad)
	}
	return nil
}

// activityIn is a batch, and how many of its messages cannot be read.
func activityIn(messages []bus.Message) (batch []projections.ActivityMessage, bad int) {
	batch = make([]projections.ActivityMessage, len(messages))
	for i, m := range messages {
		batch[i] = projections.ActivityMessage{Employee: string(m.Key), Offset: m.Offset, Value: m.Value}
		if m.Unreadable || !idForm.Match(m.Key) {
			batch[i] = projections.ActivityMessage{Offset: m.Offset} // takes its place, and nobody has it
			bad++
		}
	}
	return batch, bad
}
