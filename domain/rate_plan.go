package domain

import (
	"time"

	"tenure/billing"
	"tenure/events"
)

// typeMvnoRatePlan is the type of a product that can be a mobile account's rate plan.
const typeMvnoRatePlan = "MVNO_RATEPLAN"

var errAccountNotFound = reject(statusNotFound, "mvnoAccounts", "MVNO account not found")

// stateDeleting is an account under deletion.
const stateDeleting = "DELETING"

// ratePlansDue is the instant of the earliest rate plan that can come; zero: none. One waits while its account is
// updated.
func (e *Employee) ratePlansDue(w World) time.Time {
	var first billing.Date
	for _, a := range e.Accounts {
		if change, ok := e.RatePlans[a.ID]; ok && !a.Updating && a.State != stateDeleting &&
			(first == 0 || change.From < first) {
			first = change.From
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return w.Midnight(first)
}

// changeRatePlans gives the rate plans that hold from a day on, in the order of the accounts. As for products, one
// gives way to a deletion on the same day (rule 18), and one that may not be assigned any more is dropped.
func (e *Employee) changeRatePlans(w World, due time.Time) []events.Event {
	var out []events.Event
	for _, a := range e.Accounts {
		change, ok := e.RatePlans[a.ID]
		if !ok || a.Updating || a.State == stateDeleting || !w.Midnight(change.From).Equal(due) {
			continue
		}
		switch {
		case e.Deletion != nil && e.Deletion.Date <= change.From:
			out = append(out, events.RatePlanChangeDropped{Account: a.ID, RatePlan: change.Product, Reason: droppedDeletion})
		case !w.Catalog.ratePlan(change.Product, e.Customer, change.From):
			out = append(out, events.RatePlanChangeDropped{Account: a.ID, RatePlan: change.Product, Reason: droppedProduct})
		default:
			out = append(out, events.RatePlanChanged{Account: a.ID, RatePlan: change.Product, From: change.From})
			out = append(out, e.rateFrom(accountSource(a.ID), change.Product, change.From)...)
		}
	}
	return out
}

// ratePlan reports whether a product may become the rate plan of an account of a customer's employee on a day.
func (c *Catalog) ratePlan(id, customer string, on billing.Date) bool {
	return c.typeOf(id) == typeMvnoRatePlan && c.hasDay(id, on) && c.offers(id, customer)
}
