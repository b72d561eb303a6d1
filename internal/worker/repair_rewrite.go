package worker

import (
	"context"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// rewrite folds the events of a stream again and puts the result in the place of its state, due dates included.
func (o *owner) rewrite(ctx context.Context, r store.Repair) error {
	state, err := domain.NewSubject(r.Stream)
	if err != nil {
		return err
	}
	row, err := history.Fold(ctx, o.Store, r.Stream, state)
	if err != nil {
		return err
	}
	known, err := o.known(ctx, store.Read{Shard: o.claim.Shard, Streams: []string{r.Stream, repairStream(r)}})
	if err != nil {
		return err
	}
	if row.Version == 0 {
		return o.refuse(ctx, r, "the log has no event of "+r.Stream)
	}
	catalog, err := o.latest(ctx, known)
	if err != nil {
		return err
	}
	queue, err := o.Store.ParkedQueue(ctx, r.Stream, 1)
	if err != nil {
		return err
	}
	row.Parked = len(queue) > 0
	b := o.newBatch(known, catalog, o.now())
	if row.BillDue, err = o.replayBillDue(ctx, b, r.Stream); err != nil {
		return err
	}
	s := &subject{stream: r.Stream, row: row, state: state}
	if err := b.row(s); err != nil {
		return err
	}
	b.write.Rewritten = append(b.write.Rewritten, s.row)
	fact, detail := rewritten(r, known.Subjects[r.Stream], s.row)
	b.write.Repair = step(r, store.RepairDone, 0, detail)
	if err := b.note(r, fact); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// rewritten is the event of a rewritten state, and what a state was before in words.
func rewritten(r store.Repair, was, is store.Subject) (event events.StateRewritten, detail string) {
	event = events.StateRewritten{
		Request: r.ID, By: r.By, Reason: r.Reason, Version: is.Version, Is: stateHash(is.State),
	}
	if was.Version == 0 {
		return event, "there was no state"
	}
	event.Was = stateHash(was.State)
	if was.Version == is.Version && sameState(r.Stream, was.State, is.State) {
		return event, "the state was what its events say"
	}
	return event, "the state was another one"
}

// replayBillDue is the day by which the runs find a subject, as its row had it: each event moves it as it did when it
// was written. Of today's state alone it would be today, and while nights are missed that is another document than the
// lines belong to.
func (o *owner) replayBillDue(ctx context.Context, b *batch, stream string) (billing.Date, error) {
	state, err := domain.NewSubject(stream)
	if err != nil {
		return 0, err
	}
	s := &subject{stream: stream, state: state}
	then := &batch{owner: o, world: b.world}
	for event, err := range history.Each(ctx, o.Store, stream, 1) {
		if err != nil {
			return 0, err
		}
		state.Evolve(event.Event)
		then.world.Now, then.asOf = event.At, 0
		if night, err := runstate.NightOf(event.RunID); err == nil {
			then.asOf = night
		}
		s.row.BillDue = then.billDue(s, then.world)
	}
	complete, err := runstate.CompleteUpTo(ctx, o.Store)
	if err != nil || s.row.BillDue == 0 || s.row.BillDue > complete {
		return s.row.BillDue, err
	}
	return complete + 1, nil // a run that found nothing due for the subject has left no event
}

// sameState reports whether two stored states of a stream are the same.
func sameState(stream string, a, b []byte) bool {
	return history.SameState(func() (domain.Subject, error) { return domain.NewSubject(stream) }, a, b)
}

func stateHash(state []byte) string { return digest(contentHash("", state)) }
