package domain

import (
	"errors"

	"tenure/billing"
	"tenure/events"
)

// RerateBilling is billing.rerate, sent with the employee's key to employee.commands: after a mistake in the catalog,
// the next run credits what was billed of a source in a period and charges it again at what the catalog says now.
type RerateBilling struct {
	OperatorRequest
	Source string `json:"source"` // an addon's id, or product
	From   Day    `json:"from"`
	To     Day    `json:"to"` // the last day
}

func (c RerateBilling) decide(e *Employee, w World) ([]events.Event, error) {
	review := billing.Review{
		Source: CanonicalID(c.Source),
		Period: billing.Period{From: c.From.in(w), To: billing.Exclusive(c.To.in(w))},
	}
	if err := join(c.check(review, e)); err != nil {
		return nil, err
	}
	if e.waits(func(piece events.BillingWorkOrdered) bool { return piece.Rerate != nil && *piece.Rerate == review }) {
		return nil, nil
	}
	work := e.order(w, c.Reason)
	work.Rerate = &review
	if changes, err := e.wouldRerate(work, w); !changes {
		return nil, err
	}
	return e.ordered(work)
}

func (c RerateBilling) check(r billing.Review, e *Employee) []*Rejection {
	found := nonNil(checkWork(c.Reason))
	if r.Source != billing.ProductSource && e.addon(r.Source) == nil {
		found = append(found, errSourceNotFound)
	}
	switch {
	case r.Period.From == 0:
		found = append(found, invalid("from", "is required"))
	case r.Period.To == 0:
		found = append(found, invalid("to", "is required"))
	case r.Period.Empty():
		found = append(found, invalid("to", "is before from"))
	}
	return found
}

var errSourceNotFound = reject(statusNotFound, "source", "The employee has no such source: an addon's id, or product")

// wouldRerate asks for the lines as a run would make them today: a catalog that has not been put right yet is reported
// at once, and what costs the same is nothing to change. A run that could not bill the employee at all cannot tell, and
// then it is ordered.
func (e *Employee) wouldRerate(work events.BillingWorkOrdered, w World) (bool, error) {
	b := &bill{world: w, asOf: w.Today(), account: e.account(w)}
	b.account.Billed = e.Billed.Clone()
	due, err := b.account.Due(w.Catalog, &w.Policy, b.asOf)
	if err != nil {
		return true, nil
	}
	b.take(due.Lines)
	lines, err := b.piece(work)
	var held *billing.Held
	if errors.As(err, &held) {
		return false, reject(statusConflict, "source", held.Detail)
	}
	return len(lines) > 0, err
}

// rerating is the piece of work as billing takes it.
func rerating(work events.BillingWorkOrdered) billing.Rerating {
	return billing.Rerating{Source: work.Rerate.Source, Period: work.Rerate.Period, Reason: work.Reason, Actor: work.Actor}
}
