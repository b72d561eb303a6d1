package domain

import (
	"tenure/events"
)

// The reasons of a run for those whose billing an operator has held.
const (
	ReasonHold         = "HOLD"          // the employee's, by billing.hold
	ReasonCustomerHold = "CUSTOMER_HOLD" // its customer's, by billing.hold_customer
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

// stopped returns why a run does not even compute its bill; nil: it does. A customer's hold is that of the catalog
// which the run has pinned, so that all shards see the same.
func (e *Employee) stopped(w World) *NotBilled {
	if e.Held == ReasonHold {
		return &NotBilled{Reason: ReasonHold, Detail: e.HeldWhy}
	}
	if why, held := w.Catalog.HeldCustomer(e.Customer); held {
		return &NotBilled{Reason: ReasonCustomerHold, Detail: why}
	}
	return nil
}
