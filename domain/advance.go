package domain

import (
	"slices"
	"time"

	"tenure/billing"
	"tenure/events"
)

// Advance gives what time has done to the employee by w.Now, instant by instant, so that one big step equals many small
// ones. Rule 18 orders a local day: deletions, rate plans, product changes. A deletion happens at 20:00 UTC of its day,
// the others at midnight; so at midnight a product change gives way to a deletion on the same day.
func (e *Employee) Advance(w World) []events.Event {
	if !e.exists() {
		return nil
	}
	after := e
	var out []events.Event
	take := func(step []events.Event) {
		if len(step) > 0 && after == e {
			after = e.clone()
		}
		for _, event := range step {
			after.Evolve(event)
		}
		out = append(out, step...)
	}
	// Each step removes what made it due, so that the number of steps is bounded by what can be scheduled at once.
	for range advanceStepsMax {
		due := after.lifecycleDue(w)
		if due.IsZero() || due.After(w.Now) {
			break
		}
		if !after.deleting() {
			take(after.advancePresence(w, due))
		}
		take(after.act(w, due))
	}
	if after.exists() && !after.deleting() {
		take(after.advancePresence(w, w.Now))
	}
	return out
}

// advanceStepsMax bounds what time does to one employee in one decision: rate plans of each account on their own dates,
// a product change, a deletion and its repeats.
const advanceStepsMax = 1000

// NextDue is when time acts on the employee next: its product, its rate plans, its deletion and its repeats, its
// presence.
func (e *Employee) NextDue(w World) time.Time {
	if !e.exists() {
		return time.Time{}
	}
	w.DeletionsHalted = false // it stays due, so that it is found when they are resumed
	due := e.lifecycleDue(w)
	if e.deleting() {
		return due
	}
	return sooner(due, e.presenceDue(w))
}

// sooner is the earlier of two instants; zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// lifecycleDue is NextDue without presence.
func (e *Employee) lifecycleDue(w World) time.Time {
	if !e.exists() {
		return time.Time{}
	}
	var due time.Time
	if !e.deleting() {
		due = e.ratePlansDue(w)
		if e.NewProduct != nil {
			due = sooner(due, w.Midnight(e.NewProduct.From))
		}
	}
	if e.Deletion == nil || w.DeletionsHalted {
		return due
	}
	return sooner(due, e.deletionDue())
}

// Confirmations that do not come are asked for again after a day, three times in all; then an operator must look.
const (
	confirmationRetry       = 24 * time.Hour
	confirmationAttemptsMax = 3
)

func (e *Employee) deletionDue() time.Time {
	switch d := e.Deletion; {
	case !d.Started:
		return d.At
	case !d.Stalled:
		return d.At.Add(time.Duration(d.Attempt) * confirmationRetry)
	}
	return time.Time{}
}

// act gives what happens to the employee at one instant, in the order of rule 18.
func (e *Employee) act(w World, due time.Time) []events.Event {
	if e.Deletion != nil && !w.DeletionsHalted && e.deletionDue().Equal(due) {
		return e.advanceDeletion()
	}
	if plans := e.changeRatePlans(w, due); len(plans) > 0 {
		return plans
	}
	return []events.Event{e.changeProduct(w.Catalog)}
}

func (e *Employee) advanceDeletion() []events.Event {
	switch {
	case !e.Deletion.Started:
		return e.startDeletion()
	case e.Deletion.Attempt < confirmationAttemptsMax:
		return e.requestDeletions(e.Deletion.Attempt + 1)
	}
	return []events.Event{events.DeletionStalled{
		Extensions: slices.Clone(e.Deletion.Extensions), MvnoAccounts: slices.Clone(e.Deletion.Accounts),
	}}
}

// startDeletion is T4: it is locked, and what it has is asked to be deleted or unlinked. With nothing to wait for it is
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

// requestDeletions asks for what is still the employee's and should be gone. Before the deletion has started nothing is
// unlinked yet, so the flags tell what is asked for.
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

// DeletesBy reports whether its deletion begins by an instant.
func (e *Employee) DeletesBy(end time.Time) bool {
	return e.exists() && e.Deletion != nil && !e.Deletion.Started && !e.Deletion.At.After(end)
}
