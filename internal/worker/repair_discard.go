package worker

import (
	"context"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// discardedCode is the code in the outcome of a command that an operator discarded.
const discardedCode = "discarded"

// discard ends a parked command with a refusal instead of a decision. Where it stopped a queue, the request continues
// as a retry of what waited behind it.
func (o *owner) discard(ctx context.Context, r store.Repair, p store.Parked) error {
	it, err := o.reopen(&p)
	if err != nil {
		return err
	}
	it.id, it.stream, it.forward = p.CommandID, p.Stream, nil
	it.key = store.CommandKey(it.stream, it.id)
	b, err := o.bare(ctx, r, it)
	if err != nil {
		return err
	}
	p.State = store.StateDiscarded
	b.write.Parked = append(b.write.Parked, p)
	if _, answered := b.known.Outcomes[it.key]; it.id != "" && !answered {
		err := b.reject(
			it,
			&domain.Rejection{Status: 410, Code: discardedCode, Message: "The command was discarded: " + r.Reason},
		)
		if err != nil {
			return err
		}
	}
	b.write.Repair = step(r, store.RepairDone, 1, "")
	if p.Holds {
		if err := o.freed(ctx, b, r, p); err != nil {
			return err
		}
	}
	err = b.note(
		r,
		events.ParkedDiscarded{Request: r.ID, By: r.By, Reason: r.Reason, Place: place(p), Command: p.CommandID},
	)
	if err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// freed continues the queue without the discarded message: with nothing left the subject is free, without its head the
// rest is tried, and behind another head it keeps waiting.
func (o *owner) freed(ctx context.Context, b *batch, r store.Repair, p store.Parked) error {
	queue, err := o.Store.ParkedQueue(ctx, p.Stream, 2)
	if err != nil {
		return err
	}
	switch {
	case len(queue) == 1:
		row, ok := b.known.Subjects[p.Stream]
		if !ok {
			return nil
		}
		b.park(row).row.Parked = false // as it is: what time owes it is done by the next tick
	case len(queue) > 1 && queue[0].Sequence == p.Sequence:
		b.write.Repair.State, b.write.Repair.Action, b.write.Repair.Topic = store.RepairOpen, store.RepairRetry, ""
	}
	return nil
}
