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

// HoldCustomer is billing.hold_customer, sent with the customer's key to catalog.commands: no run that starts from now on bills
// anybody of the customer until billing.release_customer.
type HoldCustomer struct {
	Reason string `json:"reason"`
}

// Kind is customer.
func (HoldCustomer) Kind() string { return KindCustomer }

func (c HoldCustomer) decide(to *Customer, w World) ([]events.Event, error) {
	if err := mayBill(w, c.Reason); err != nil {
		return nil, err
	}
	switch {
	case !to.Exists:
		return nil, errCustomerNotFound
	case to.Held:
		return nil, nil
	}
	return []events.Event{events.CustomerBillingHeld{Reason: c.Reason, Actor: w.who()}}, nil
}

// ReleaseCustomer is billing.release_customer, the end of billing.hold_customer: the next run bills what is due by then.
type ReleaseCustomer struct {
	Reason string `json:"reason"`
}

// Kind is customer.
func (ReleaseCustomer) Kind() string { return KindCustomer }

func (c ReleaseCustomer) decide(to *Customer, w World) ([]events.Event, error) {
	if err := mayBill(w, c.Reason); err != nil {
		return nil, err
	}
	switch {
	case !to.Exists:
		return nil, errCustomerNotFound
	case !to.Held:
		return nil, nil
	}
	return []events.Event{events.CustomerBillingReleased{Reason: c.Reason, Actor: w.who()}}, nil
}
