package worker

import (
	"context"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// discardedCode is the code of the answer to a command that an operator discarded.
const discardedCode = "discarded"

// edit puts something else in the place of a parked message, of which nothing is lost. The command stays the same one: its
// id and its subject may not change, since whoever sent it waits for the answer to that id. The request goes on as a retry.
func (o *owner) edit(ctx context.Context, r store.Repair, p store.Parked) error {
	was, err := o.again(&p)
	if err != nil {
		return err
	}
	next := p
	next.EditedKey, next.EditedValue, next.EditedHeaders = or(r.Key, p.EditedKey), or(r.Value, p.EditedValue), or(r.Headers, p.EditedHeaders)
	is, err := o.again(&next)
	if err != nil {
		return err
	}
	if p.CommandID != "" && is.id != p.CommandID {
		return o.refuse(ctx, r, "the command's id must stay "+p.CommandID+": its sender waits for the answer to it")
	}
	if _, err := domain.NewSubject(p.Stream); err == nil && is.stream != p.Stream {
		return o.refuse(ctx, r, "the command's subject must stay: it is "+p.Stream)
	}
	b, err := o.bare(ctx, r)
	if err != nil {
		return err
	}
	b.write.Parked = append(b.write.Parked, next)
	b.write.Repair = step(r, store.RepairOpen, 0, "")
	b.write.Repair.Action = store.RepairRetry
	err = b.note(r, events.ParkedEdited{
		Request: r.ID, By: r.By, Reason: r.Reason, Place: place(p), Was: digest(recordHash(was.msg)), Is: digest(recordHash(is.msg)),
	})
	if err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// bare is a batch that decides on no subject: it reads the streams named and the one that tells of the request.
func (o *owner) bare(ctx context.Context, r store.Repair, items ...*item) (*batch, error) {
	wanted := wants(items)
	wanted.Streams = append(wanted.Streams, repairStream(r))
	known, err := o.Store.Read(ctx, wanted)
	if err != nil {
		return nil, err
	}
	b := o.newBatch(known, domain.EmptyCatalog(), o.now())
	b.write.CatalogVersion = anyCatalog
	return b, nil
}

// discard answers a parked command with a refusal instead of a decision. Where it stopped a queue, the request goes on as a
// retry of what waited behind it.
func (o *owner) discard(ctx context.Context, r store.Repair, p store.Parked) error {
	it, err := o.again(&p)
	if err != nil {
		return err
	}
	it.id, it.stream, it.moved = p.CommandID, p.Stream, false
	it.key = store.CommandKey(it.stream, it.id)
	b, err := o.bare(ctx, r, it)
	if err != nil {
		return err
	}
	p.State = store.StateDiscarded
	b.write.Parked = append(b.write.Parked, p)
	if _, answered := b.known.Outcomes[it.key]; it.id != "" && !answered {
		err := b.reject(it, &domain.Rejection{Status: 410, Code: discardedCode, Message: "The command was discarded: " + r.Reason})
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
	err = b.note(r, events.ParkedDiscarded{Request: r.ID, By: r.By, Reason: r.Reason, Place: place(p), Command: p.CommandID})
	if err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// freed says what becomes of the queue without the discarded message: with nothing left the subject is free, without its
// head the rest is tried, and behind another head it waits on.
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
		b.shut(row).row.Parked = false // as she stands: what time owes her is done by the next tick
	case len(queue) > 1 && queue[0].Sequence == p.Sequence:
		b.write.Repair.State, b.write.Repair.Action, b.write.Repair.Topic = store.RepairOpen, store.RepairRetry, ""
	}
	return nil
}
