package domain

import (
	"tenure/billing"
	"tenure/events"
)

// AdjustBilling is billing.adjust, sent with the employee's key to employee.commands: a line that no rule makes, such
// as a goodwill credit or a fee. The next run makes it.
type AdjustBilling struct {
	OperatorRequest
	Ledger  billing.Ledger `json:"ledger"`  // default CUSTOMER
	BillTo  string         `json:"billTo"`  // default: who pays for the employee on that day
	Product string         `json:"product"` // what accounting books it on
	Day     Day            `json:"day"`     // the day that it is about, default today
	Amount  billing.Amount `json:"amount"`  // in its currency; below 0 it is a credit
}

func (c AdjustBilling) decide(e *Employee, w World) ([]events.Event, error) {
	work := e.order(w, c.Reason)
	work.Adjustment = c.adjustment(w)
	if err := join(c.check(work.Adjustment, e, w)); err != nil {
		return nil, err
	}
	account := e.account(w)
	if _, err := account.Adjust(&w.Policy, adjustment(work)); err != nil {
		return nil, invalid("amount", cause(err))
	}
	return e.ordered(work)
}

func (c AdjustBilling) adjustment(w World) *events.Adjustment {
	a := &events.Adjustment{
		Ledger: c.Ledger, BillTo: CanonicalID(c.BillTo), Product: CanonicalID(c.Product), Day: c.Day.in(w), Amount: c.Amount,
	}
	if a.Ledger == "" {
		a.Ledger = billing.Customer
	}
	if a.Day == 0 {
		a.Day = w.Today()
	}
	return a
}

func (c AdjustBilling) check(a *events.Adjustment, e *Employee, w World) []*Rejection {
	found := nonNil(checkWork(c.Reason))
	if !w.keeps(a.Ledger) {
		found = append(found, invalid("ledger", "is not one of the ledgers that are billed"))
	} else if !w.mayPay(a.Ledger, a.BillTo, e.Reseller) {
		found = append(found, reject(statusNotFound, "billTo", "No payer of that id on this ledger"))
	}
	if _, known := w.Catalog.Find(a.Product); a.Product != "" && !known {
		found = append(found, errProductNotFound)
	}
	if a.Amount.IsZero() {
		found = append(found, invalid("amount", "must not be 0"))
	}
	if a.Day > w.Today() {
		found = append(found, invalid("day", "is in the future"))
	}
	return found
}

// keeps reports whether a ledger is on.
func (w World) keeps(l billing.Ledger) bool {
	for _, on := range w.Policy.Ledgers {
		if on == l {
			return true
		}
	}
	return false
}

// mayPay reports whether a document can go to a payer on a ledger: a customer of its reseller, the reseller itself, the
// platform.
func (w World) mayPay(l billing.Ledger, billTo, reseller string) bool {
	if billTo == "" {
		return true
	}
	switch l {
	case billing.Reseller:
		return billTo == reseller
	case billing.Cost:
		return billTo == billing.Platform
	}
	customer, known := w.Catalog.Customer(billTo)
	return known && customer.Reseller == reseller
}

// adjustment is the piece of work as billing takes it.
func adjustment(work events.BillingWorkOrdered) billing.Adjustment {
	a := work.Adjustment
	return billing.Adjustment{
		Ledger:  a.Ledger,
		BillTo:  a.BillTo,
		Product: a.Product,
		Day:     a.Day,
		Amount:  a.Amount,
		Reason:  work.Reason,
		Actor:   work.Actor,
	}
}
