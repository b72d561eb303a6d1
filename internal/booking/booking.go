package booking

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tenure/access"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/projections"
)

// Acknowledgement is what an integration reports of the lines of a run.
type Acknowledgement struct {
	Run         string
	Integration string
	Ledgers     []billing.Ledger     // none: all
	Booked      map[uuid.UUID]bool   // nil: all lines but the refused ones
	Refused     map[uuid.UUID]string // with the integration's message
}

// UnknownLinesError reports lines that the run does not have.
type UnknownLinesError struct {
	Run   string
	Count int
	First uuid.UUID // one of them
}

// Error names one of the lines and what to run next.
func (e *UnknownLinesError) Error() string {
	return fmt.Sprintf("%d lines are not among those of %s, such as %s; see: tenure invoice explain %s",
		e.Count, e.Run, e.First, e.First)
}

// Commands composes a command for each document that has lines which are booked or refused, in the order of the
// documents. Its error may be an UnknownLinesError.
func Commands(ctx context.Context, db *store.Store, a Acknowledgement) ([]command.Command, error) {
	b := newBooking(a)
	if err := b.read(ctx, db); err != nil {
		return nil, err
	}
	if err := b.unknownLines(); err != nil {
		return nil, err
	}
	list := make([]command.Command, 0, len(b.documents))
	for _, ref := range slices.Sorted(maps.Keys(b.documents)) {
		list = append(list, command.Command{
			Type: "billing.acknowledge.v1", Subject: ref, ID: uuid.NewString(),
			Actor: events.Actor{AccessLevel: access.Admin.String()}, Data: *b.documents[ref],
		})
	}
	return list, nil
}

// booking sorts the lines of a run into documents. What it has seen is removed from booked and refused.
type booking struct {
	Acknowledgement
	documents map[string]*domain.AcknowledgeDocument
}

func newBooking(a Acknowledgement) *booking {
	a.Booked, a.Refused = maps.Clone(a.Booked), maps.Clone(a.Refused)
	return &booking{Acknowledgement: a, documents: map[string]*domain.AcknowledgeDocument{}}
}

// read goes through the lines of the run and sorts them into documents.
func (b *booking) read(ctx context.Context, db *store.Store) error {
	for after := (projections.LinePlace{}); ; {
		page, err := projections.LinesOfRun(ctx, db, b.Run, after, 0)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if l := &page[i].Line; len(b.Ledgers) == 0 || slices.Contains(b.Ledgers, l.Ledger) {
				b.add(l)
			}
		}
		after = page[len(page)-1].LinePlace
	}
}

func (b *booking) add(l *billing.Line) {
	message, isRefused := b.Refused[l.ID]
	isBooked := !isRefused && (b.Booked == nil || b.Booked[l.ID])
	delete(b.Refused, l.ID)
	delete(b.Booked, l.ID)
	if !isRefused && !isBooked {
		return
	}
	d := b.documents[l.DocumentRef]
	if d == nil {
		d = &domain.AcknowledgeDocument{Integration: b.Integration, Run: b.Run}
		b.documents[l.DocumentRef] = d
	}
	if isRefused {
		d.Refused = append(d.Refused, events.LineRefused{Line: l.ID, Message: message})
		return
	}
	d.Lines++
	d.Hash = billing.CombineHashes(d.Hash, l.ID)
}

// unknownLines is an error when lines are booked or refused that the run does not have.
func (b *booking) unknownLines() error {
	left := slices.SortedFunc(maps.Keys(b.Booked), compare)
	left = append(left, slices.SortedFunc(maps.Keys(b.Refused), compare)...)
	if len(left) == 0 {
		return nil
	}
	return &UnknownLinesError{Run: b.Run, Count: len(left), First: left[0]}
}

func compare(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) }
