package domain

import (
	"tenure/access"
	"tenure/events"
)

// ClosePeriod is billing.close_period, sent with the reseller's key to catalog.commands: its accounts are closed up to
// a day. Lines that are made later for those days keep their service period and book on the first open day (rule 26).
// It is part of the catalog, so that a run goes by one state of it in every shard.
type ClosePeriod struct {
	Until  Day    `json:"until"` // the last closed day
	Reason string `json:"reason"`
}

// Kind is reseller.
func (ClosePeriod) Kind() string { return KindReseller }

// Operation is bill.
func (ClosePeriod) Operation() access.Operation { return access.Bill }

func (c ClosePeriod) decide(r *Reseller, w World) ([]events.Event, error) {
	if err := mayBill(w, c.Reason); err != nil {
		return nil, err
	}
	until := c.Until.in(w)
	switch {
	case !r.Exists:
		return nil, errResellerNotFound
	case until == 0:
		return nil, invalid("until", "is required")
	case until >= w.Today():
		return nil, invalid("until", "must be before today: a day that is not over is not closed")
	case until == r.Closed:
		return nil, nil
	case until < r.Closed:
		return nil, reject(
			statusConflict,
			"until",
			"Closed until "+r.Closed.String()+" already: a closed period stays closed",
		)
	}
	return []events.Event{events.PeriodClosed{Until: until, Reason: c.Reason, Actor: w.who()}}, nil
}
