package worker

import (
	"context"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// edit puts something else in the place of a parked message, of which nothing is lost. The command stays the same one:
// its id and its subject may not change, since its sender waits for the outcome of that id. The request continues as a
// retry.
func (o *owner) edit(ctx context.Context, r store.Repair, p store.Parked) error {
	was, err := o.reopen(&p)
	if err != nil {
		return err
	}
	next := p
	next.EditedKey, next.EditedValue, next.EditedHeaders = or(
		r.Key,
		p.EditedKey,
	), or(
		r.Value,
		p.EditedValue,
	), or(
		r.Headers,
		p.EditedHeaders,
	)
	is, err := o.reopen(&next)
	if err != nil {
		return err
	}
	if p.CommandID != "" && is.id != p.CommandID {
		return o.refuse(ctx, r, "the command's id must stay "+p.CommandID+": its sender waits for the outcome of it")
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
		Request: r.ID,
		By:      r.By,
		Reason:  r.Reason,
		Place:   place(p),
		Was:     digest(recordHash(was.msg)),
		Is:      digest(recordHash(is.msg)),
	})
	if err != nil {
		return err
	}
	return o.commit(ctx, b)
}
