package activity

import (
	"context"
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

// Taker takes partitions of employee.activity; it is a bus.Owner.
type Taker struct {
	Database projections.Database
	Log      *slog.Logger

	topics sync.Map // partition -> id of the topic that it was claimed of
}

// Claim tells where a partition goes on. What compaction removed behind that place has a newer message after it.
func (t *Taker) Claim(ctx context.Context, _ string, partition int32, state bus.TopicState) (int64, error) {
	next, err := projections.ActivityProgress(ctx, t.Database, state.ID, partition)
	if err != nil {
		return 0, err
	}
	t.topics.Store(partition, state.ID)
	bounds := state.Partitions[partition]
	if next < bounds.Oldest || next > bounds.Newest {
		next = bounds.Oldest
	}
	return next, nil
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
// next message of the employee makes up for it.
func (t *Taker) take(ctx context.Context, partition int32, messages []bus.Message) error {
	topic, _ := t.topics.Load(partition)
	id, _ := topic.(string)
	batch := make([]projections.ActivityMessage, len(messages))
	bad := 0
	for i, m := range messages {
		batch[i] = projections.ActivityMessage{Employee: string(m.Key), Offset: m.Offset, Value: m.Value}
		if m.Unreadable || !idForm.Match(m.Key) {
			batch[i] = projections.ActivityMessage{Offset: m.Offset} // takes its place, and nobody has it
			bad++
		}
	}
	unread, err := projections.TakeActivity(ctx, t.Database, id, partition, batch)
	if err != nil {
		return err
	}
	if bad += unread; bad > 0 {
		t.Log.Warn("activity that cannot be read was left out", "partition", partition, "messages", bad)
	}
	return nil
}
