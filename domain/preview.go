package domain

import (
	"time"

	"tenure/billing"
	"tenure/events"
)

// Rules that a simulation asks for without a command.

// InvoicedUntil is the last day of a source of the employee, an addon's id or billing.ProductSource, that is billed, by us or
// elsewhere before; 0 for none.
func (e *Employee) InvoicedUntil(p billing.Policy, source string) billing.Date {
	account := e.account(p)
	return account.InvoicedUntil(source)
}

// Midnight is the instant at which a local day begins in the billing zone.
func (w World) Midnight(d billing.Date) time.Time { return w.midnight(d) }

// DeletionOn is a deletion on a local day, the first not billed, at the hour of deletions. Its extensions and accounts are
// only unlinked.
func DeletionOn(on billing.Date) events.DeletionScheduled { return scheduled(on, false, false) }
