package domain

import (
	"tenure/events"
)

// The reasons of a run for those whose billing an operator has held.
const (
	ReasonHold         = "HOLD"          // the employee's, by billing.hold
	ReasonCustomerHold = "CUSTOMER_HOLD" // its customer's or its payer's, by billing.hold_customer
)

// HoldBilling is billing.hold, sent with the employee's key to employee.commands: no run bills the employee until
// billing.release. What is due in the meantime is billed then.
type HoldBilling struct{ OperatorRequest }

func (c HoldBilling) decide(e *Employee, _ World) ([]events.Event, error) {
	if refused := checkWork(c.Reason); refused != nil {
		return nil, refused
	}
	if e.Held == ReasonHold {
		return nil, nil
	}
	return []events.Event{events.BillingHeld{Reason: ReasonHold, Detail: c.Reason}}, nil
}

// stopped returns why a run does not even compute its bill; nil: it does. A customer's hold is about those whose
// employees they are and whom it pays for, and that of the catalog which the run has pinned, so that all shards see the
// same.
func (e *Employee) stopped(w World) *NotBilled {
	if e.Held == ReasonHold {
		return &NotBilled{Reason: ReasonHold, Detail: e.HeldWhy}
	}
	payer, _ := e.Payers.At(w.Today())
	for _, customer := range []string{e.Customer, payer} {
		if why, held := w.Catalog.HeldCustomer(customer); held {
			return &NotBilled{Reason: ReasonCustomerHold, Detail: why}
		}
	}
	return nil
}
