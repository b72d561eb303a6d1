package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
)

// Folded is what a stream's events say that its row must be: version, state and covered days (in Added). Due dates depend on
// the time and are left out. A stream without events has version 0. It reads all events of the stream.
func Folded(ctx context.Context, s *store.Store, stream string) (store.Subject, domain.Subject, error) {
	row := store.Subject{Stream: stream}
	state, err := domain.NewSubject(stream)
	if err != nil {
		return row, nil, err
	}
	for {
		page, err := s.StreamEvents(ctx, stream, row.Version+1)
		if err != nil {
			return row, nil, err
		}
		if len(page) == 0 {
			row.State, err = json.Marshal(state)
			return row, state, err
		}
		for _, stored := range page {
			if stored.Version != row.Version+1 {
				return row, nil, fmt.Errorf("worker: %s has no event of version %d: its log must be restored", stream, row.Version+1)
			}
			fact, err := history.Recorded(stored)
			if err != nil {
				return row, nil, err
			}
			state.Evolve(fact.Event)
			row.Version = stored.Version
			if invoiced, ok := fact.Event.(events.EmployeeInvoiced); ok {
				if err := cover(&row, invoiced.Lines); err != nil {
					return row, nil, err
				}
			}
		}
	}
}

// SameState tells whether two stored states of a stream say the same, whatever version of the program wrote them.
func SameState(stream string, a, b []byte) bool {
	spelt := func(raw []byte) []byte {
		state, err := domain.NewSubject(stream)
		if err != nil || len(raw) > 0 && json.Unmarshal(raw, state) != nil {
			return nil
		}
		again, err := json.Marshal(state)
		if err != nil {
			return nil
		}
		return again
	}
	first, second := spelt(a), spelt(b)
	return first != nil && bytes.Equal(first, second)
}

// rewrite folds the events of a stream again and puts the result in the place of its state, due dates included.
func (o *owner) rewrite(ctx context.Context, r store.Repair) error {
	row, state, err := Folded(ctx, o.Store, r.Stream)
	if err != nil {
		return err
	}
	known, err := o.Store.Read(ctx, store.Read{Streams: []string{r.Stream, repairStream(r)}})
	if err != nil {
		return err
	}
	if row.Version == 0 {
		return o.refuse(ctx, r, "the log has no event of "+r.Stream)
	}
	catalog, err := o.latest(ctx, known.CatalogHead)
	if err != nil {
		return err
	}
	queue, err := o.Store.ParkedQueue(ctx, r.Stream, 1)
	if err != nil {
		return err
	}
	row.Parked = len(queue) > 0
	b := o.newBatch(known, catalog, o.now())
	s := &subject{stream: r.Stream, row: row, state: state}
	if err := b.row(s); err != nil {
		return err
	}
	b.write.Rewritten = append(b.write.Rewritten, s.row)
	was := known.Subjects[r.Stream]
	fact := events.StateRewritten{Request: r.ID, By: r.By, Reason: r.Reason, Version: row.Version, Is: stateHash(s.row.State)}
	detail := "there was no state"
	if was.Version > 0 {
		fact.Was, detail = stateHash(was.State), "the state was another one"
		if was.Version == row.Version && SameState(r.Stream, was.State, s.row.State) {
			detail = "the state was what its events say"
		}
	}
	b.write.Repair = step(r, store.RepairDone, 0, detail)
	if err := b.note(r, fact); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

func stateHash(state []byte) string { return digest(contentHash("", state)) }
