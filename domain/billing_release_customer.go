package domain

import (
	"tenure/access"
	"tenure/events"
)

// ReleaseCustomer is billing.release_customer, the end of billing.hold_customer: the next run bills what is due by
// then.
type ReleaseCustomer struct {
	Reason string `json:"reason"`
}

// Kind is customer.
func (ReleaseCustomer) Kind() string { return KindCustomer }

// Operation is bill.
func (ReleaseCustomer) Operation() access.Operation { return access.Bill }

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
