package worker

import (
	"context"
	"encoding/json"
	"fmt"

	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// reopen makes an item of a parked message, as it was edited or as it was sent. Its id stays, so that its outcome is
// found by whoever sent it; where it was edited, what was sent at first still counts as its content, so that the
// sender's repetition is one.
func (o *owner) reopen(p *store.Parked) (*item, error) {
	was, err := message(p, p.Key, p.Value, p.Headers)
	if err != nil {
		return nil, err
	}
	it := o.intake(was)
	if p.EditedKey != nil || p.EditedValue != nil || p.EditedHeaders != nil {
		is, err := message(p, or(p.EditedKey, p.Key), or(p.EditedValue, p.Value), or(p.EditedHeaders, p.Headers))
		if err != nil {
			return nil, err
		}
		first := it
		if it = o.read(is, &first.authority); first.id != "" && first.id == it.id {
			it.content = contentHash(first.env.Type, was.Value)
		}
	}
	it.row = p
	it.span.End() // its outcome still belongs to the trace
	return it, nil
}

func message(p *store.Parked, key, value, headers []byte) (bus.Message, error) {
	m := bus.Message{Topic: p.TopicName(), Partition: p.Partition, Offset: p.Offset, Key: key, Value: value}
	if err := json.Unmarshal(headers, &m.Headers); err != nil {
		return m, fmt.Errorf("worker: headers of parked %s: %w", place(*p), err)
	}
	return m, nil
}

func or(edited, kept []byte) []byte {
	if edited != nil {
		return edited
	}
	return kept
}

// retryMessage decides again on a message that is in no queue: one that was malformed, or unknown to an older version.
// It goes the way of a message from Kafka, without an offset: to the right partition, into the queue of a parked
// subject, to an outcome, or back to where it was.
func (o *owner) retryMessage(ctx context.Context, r store.Repair, p store.Parked) error {
	it, err := o.reopen(&p)
	if err != nil {
		return err
	}
	if err := o.locate(ctx, []*item{it}); err != nil {
		return err
	}
	if err := o.forward(ctx, []*item{it}); err != nil {
		return err
	}
	return o.process(ctx, []*item{it}, ending{
		streams: []string{repairStream(r)},
		write:   func(b *batch, items []*item) error { return b.endRetry(r, items[0]) },
	})
}

func (b *batch) endRetry(r store.Repair, it *item) error {
	event := events.ParkedRetried{Request: r.ID, By: r.By, Reason: r.Reason}
	if it.parkAs != "" { // the batch has parked it again
		event.Failed, event.Why = place(*it.row), it.parkAs
		b.write.Repair = step(r, store.RepairFailed, 0, it.detail)
		return b.note(r, event)
	}
	kept, err := b.kept(it)
	if err != nil {
		return err
	}
	kept.Reason, kept.Detail, kept.State = it.row.Reason, it.row.Detail, store.StateRetried
	if it.forward != nil {
		kept.State = store.StateMoved
	}
	b.write.Parked = append(b.write.Parked, kept)
	b.write.Repair = step(r, store.RepairDone, 1, "")
	event.Messages = 1
	return b.note(r, event)
}
