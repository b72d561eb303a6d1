package domain

import (
	"errors"

	"tenure/billing"
	"tenure/events"
)

// The reasons why an examined employee was not billed in a run, besides those of billing.Held.
const (
	ReasonNotDue = "NOT_DUE" // nothing to charge or credit by the business date
)

// NotBilled says why a run made no lines for her.
type NotBilled struct {
	Reason string
	Detail string
}

// Invoice gives what a run bills her as of a local day: desired minus billed. She is advanced to w.Now before. Where there
// are no lines the second result says why. Only faults of the program give an error.
func (e *Employee) Invoice(w World, run string, asOf billing.Date) ([]events.Event, *NotBilled, error) {
	account := e.account(w.Policy)
	due, err := account.Due(w.Catalog, &w.Policy, asOf)
	var held *billing.Held
	if errors.As(err, &held) {
		return e.hold(held), &NotBilled{Reason: string(held.Reason), Detail: held.Detail}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var out []events.Event
	if e.Held != "" {
		out = append(out, events.BillingReleased{})
	}
	if len(due.Lines) == 0 && len(due.Reviews) == 0 {
		return out, &NotBilled{Reason: ReasonNotDue}, nil
	}
	for i := range due.Lines {
		l := &due.Lines[i]
		l.DocumentRef = billing.DocumentRef(&w.Policy, asOf, l.Ledger, l.BillTo, l.Currency)
	}
	return append(out, events.EmployeeInvoiced{Run: run, AsOf: asOf, Lines: due.Lines, Reviews: due.Reviews}), nil, nil
}

// hold says why she is not billed, once for each reason; every run tries again.
func (e *Employee) hold(held *billing.Held) []events.Event {
	if e.Held == string(held.Reason) {
		return nil
	}
	return []events.Event{events.BillingHeld{Reason: string(held.Reason), Detail: held.Detail}}
}

// BillDue is the first local day on which a run could bill her. A deleted employee stays due until her credits are settled.
func (e *Employee) BillDue(w World) billing.Date {
	if e.Number == 0 || len(e.Products)+len(e.Addons) == 0 {
		return 0
	}
	account := e.account(w.Policy)
	return account.NextDue(w.Catalog, &w.Policy, w.Today())
}

// account is what billing reads of her. A product change that is scheduled is known to it (rule 9), unless her deletion
// will discard it (rule 18); the day of her deletion is the first day not billed (rule 13).
func (e *Employee) account(p billing.Policy) billing.Account {
	a := billing.Account{
		Employee: e.ID, Customer: e.Customer, Reseller: e.Reseller, Currency: or(e.Currency, p.Currency),
		Payers: e.Payers, Sources: e.Addons, Billed: &e.Billed,
	}
	if e.Deletion != nil {
		a.Ends = e.Deletion.Date
	}
	products := e.Products
	if change := e.NewProduct; change != nil && (a.Ends == 0 || change.From < a.Ends) {
		products = append(billing.Timeline[string](nil), products...).Set(change.From, change.Product)
	}
	if len(products) > 0 {
		product := billing.Source{ID: billing.ProductSource, Products: products}
		if e.Elsewhere != nil {
			product.InvoicedFrom, product.InvoicedUntil = e.Elsewhere.From, billing.Inclusive(e.Elsewhere.To)
		}
		a.Sources = append(append(make([]billing.Source, 0, len(e.Addons)+1), e.Addons...), product)
	}
	return a
}
