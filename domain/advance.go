package domain

import (
	"time"

	"tenure/billing"
	"tenure/events"
)

// Advance gives what time has done to her by w.Now, instant by instant, so that one big step equals many small ones.
// Rule 18 orders a local day: deletions before product changes. A deletion happens at 20:00 UTC of its day, a product
// change at midnight; so at midnight the change gives way to a deletion on the same day.
func (e *Employee) Advance(w World) []events.Event {
	if due := e.NextDue(w); due.IsZero() || due.After(w.Now) {
		return nil
	}
	after := e.clone()
	var out []events.Event
	// Each step removes what made it due, so that the number of steps is bounded by what can be scheduled at once.
	for range advanceStepsMax {
		due := after.NextDue(w)
		if due.IsZero() || due.After(w.Now) {
			return out
		}
		step := after.act(w, due)
		for _, event := range step {
			after.Evolve(event)
		}
		out = append(out, step...)
	}
	return out
}

// advanceStepsMax bounds what time does to one employee in one decision: a product change, a deletion and its repeats.
const advanceStepsMax = 16

// NextDue is the earlier of her product change, her deletion, and the repeat of confirmations that did not come.
func (e *Employee) NextDue(w World) time.Time {
	if !e.exists() {
		return time.Time{}
	}
	var due time.Time
	if e.NewProduct != nil && !e.deleting() {
		due = w.midnight(e.NewProduct.From)
	}
	if e.Deletion == nil {
		return due
	}
	if at := e.deletionDue(); !at.IsZero() && (due.IsZero() || at.Before(due)) {
		return at
	}
	return due
}

// Confirmations that do not come are asked for again after a day, three times in all; then people must look.
const (
	confirmationRetry       = 24 * time.Hour
	confirmationAttemptsMax = 3
)

func (e *Employee) deletionDue() time.Time {
	switch d := e.Deletion; {
	case !d.Started:
		return d.At
	case d.Attempt < confirmationAttemptsMax:
		return d.At.Add(time.Duration(d.Attempt) * confirmationRetry)
	}
	return time.Time{}
}

// act gives what happens to her at one instant.
func (e *Employee) act(w World, due time.Time) []events.Event {
	if e.NewProduct != nil && !e.deleting() && w.midnight(e.NewProduct.From).Equal(due) {
		return []events.Event{e.changeProduct(w.Catalog)}
	}
	if !e.Deletion.Started {
		return e.startDeletion()
	}
	return e.requestDeletions(e.Deletion.Attempt + 1)
}

// changeProduct is T1: the scheduled product becomes hers, unless by now it may not.
func (e *Employee) changeProduct(c *Catalog) events.Event {
	change := *e.NewProduct
	dropped := func(reason string) events.Event {
		return events.ProductChangeDropped{Product: change.Product, Reason: reason}
	}
	if e.Deletion != nil && e.Deletion.Date <= change.From {
		return dropped("DELETION")
	}
	if !c.userProduct(change.Product, change.From) {
		return dropped("PRODUCT")
	}
	if !c.hasFeature(e.Customer, FeaturePBX) {
		return dropped("FEATURE")
	}
	return events.ProductAssigned{Product: change.Product, From: change.From}
}

// startDeletion is T4: she is locked, and what she has is asked to be deleted or unlinked. With nothing to wait for she is
// deleted at once.
func (e *Employee) startDeletion() []events.Event {
	started := events.DeletionStarted{Date: e.Deletion.Date}
	if e.NewProduct != nil {
		started.DiscardedProduct = e.NewProduct.Product
	}
	out := []events.Event{started}
	if !e.Deletion.DeleteExtensions {
		for _, x := range e.Extensions {
			out = append(out, events.ExtensionUnassigned{ID: x.ID})
		}
	}
	if !e.Deletion.DeleteMvnoAccounts {
		for _, a := range e.Accounts {
			out = append(out, events.MvnoAccountDetached{ID: a.ID})
		}
	}
	requested := e.requestDeletions(1)
	if len(requested) == 0 {
		return append(out, events.EmployeeDeleted{Date: e.Deletion.Date})
	}
	return append(out, requested...)
}

// requestDeletions asks for what is still hers and should be gone. Before the deletion has started nothing is unlinked
// yet, so the flags tell what is asked for.
func (e *Employee) requestDeletions(attempt int) []events.Event {
	var out []events.Event
	if e.Deletion.DeleteExtensions {
		for _, x := range e.Extensions {
			out = append(out, events.ExtensionDeletionRequested{ID: x.ID, Attempt: attempt})
		}
	}
	if e.Deletion.DeleteMvnoAccounts {
		for _, a := range e.Accounts {
			out = append(out, events.MvnoDeletionRequested{ID: a.ID, Attempt: attempt})
		}
	}
	return out
}

// clone copies what Evolve may change in place.
func (e *Employee) clone() *Employee {
	c := *e
	c.Addons = append([]billing.Source(nil), e.Addons...)
	c.Accounts = append([]events.MvnoAccount(nil), e.Accounts...)
	if e.Deletion != nil {
		d := *e.Deletion
		c.Deletion = &d
	}
	return &c
}
