package domain

import (
	"tenure/events"
)

// The reasons of a run for those whose billing a person has held.
const (
	ReasonHold         = "HOLD"          // hers, by billing.hold
	ReasonCustomerHold = "CUSTOMER_HOLD" // her customer's, by billing.hold_customer
)

// HoldBilling is billing.hold, sent with her key to employee.commands: no run bills her until billing.release. What is due in
// the meantime is billed then.
type HoldBilling struct{ Asked }

func (c HoldBilling) decide(e *Employee, _ World) ([]events.Event, error) {
	if refused := checkWork(c.Reason); refused != nil {
		return nil, refused
	}
	if e.Held == ReasonHold {
		return nil, nil
	}
	return []events.Event{events.BillingHeld{Reason: ReasonHold, Detail: c.Reason}}, nil
}

// stopped tells why a run does not even compute her bill; nil: it does. A customer's hold is that of the catalogue which the
// run has pinned, so that all shards see the same.
func (e *Employee) stopped(w World) *NotBilled {
	if e.Held == ReasonHold {
		return &NotBilled{Reason: ReasonHold, Detail: e.HeldWhy}
	}
	if why, held := w.Catalog.HeldCustomer(e.Customer); held {
		return &NotBilled{Reason: ReasonCustomerHold, Detail: why}
	}
	return nil
}
