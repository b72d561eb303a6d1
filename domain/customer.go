package domain

import (
	"tenure/events"
)

// Customer is the state of a customer's stream.
type Customer struct {
	noTimers
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.CustomerPut `json:"put"`
	Held   bool               `json:"held,omitempty"` // none of its employees is billed
}

// Evolve folds what it is, and whether its billing is held.
func (c *Customer) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.CustomerPut:
		c.Exists, c.Put = true, e
	case events.CustomerBillingHeld:
		c.Held = true
	case events.CustomerBillingReleased:
		c.Held = false
	}
}

// Decide answers PutCustomer, HoldCustomer and ReleaseCustomer.
func (c *Customer) Decide(command Command, w World) ([]events.Event, error) {
	switch command := command.(type) {
	case PutCustomer:
		return command.decide(c, w)
	case HoldCustomer:
		return command.decide(c, w)
	case ReleaseCustomer:
		return command.decide(c, w)
	}
	return nil, errNotOnStream
}
