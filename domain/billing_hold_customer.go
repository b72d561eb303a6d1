package domain

import (
	"tenure/access"
	"tenure/events"
)

// HoldCustomer is billing.hold_customer, sent with the customer's key to catalog.commands: no run that starts from now
// on bills anybody of the customer until billing.release_customer.
type HoldCustomer struct {
	Reason string `json:"reason"`
}

// Kind is customer.
func (HoldCustomer) Kind() string { return KindCustomer }

// Operation is bill.
func (HoldCustomer) Operation() access.Operation { return access.Bill }

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
