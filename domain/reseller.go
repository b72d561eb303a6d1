package domain

import (
	"tenure/billing"
	"tenure/events"
)

// Reseller is the state of a reseller's stream.
type Reseller struct {
	noTimers
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.ResellerPut `json:"put"`
	Closed billing.Date       `json:"closed,omitempty"` // the last day of its closed accounts
}

// Evolve folds what it is, and how far its accounts are closed.
func (r *Reseller) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.ResellerPut:
		r.Exists, r.Put = true, e
	case events.PeriodClosed:
		r.Closed = e.Until
	}
}

// Decide answers PutReseller and ClosePeriod.
func (r *Reseller) Decide(command Command, w World) ([]events.Event, error) {
	switch command := command.(type) {
	case PutReseller:
		return command.decide(r, w)
	case ClosePeriod:
		return command.decide(r, w)
	}
	return nil, errNotOnStream
}
