package domain

import (
	"tenure/access"
	"tenure/events"
)

// AbandonRun is run.abandon: nobody works on the run any more. What it billed stays billed, what it did not is due for
// the run after it.
type AbandonRun struct {
	Reason string `json:"reason"`
}

// Kind is run.
func (AbandonRun) Kind() string { return KindRun }

// Operation is run.
func (AbandonRun) Operation() access.Operation { return access.Run }

func (c AbandonRun) decide(r *Run) ([]events.Event, error) {
	switch {
	case r.Started == nil:
		return nil, errRunNotFound
	case r.Abandoned != "":
		return nil, nil
	case r.Completed:
		return nil, reject(statusConflict, "run", "The run is complete")
	}
	if refused := checkReason(c.Reason); refused != nil {
		return nil, refused
	}
	return []events.Event{events.RunAbandoned{
		Run: r.ID, BusinessDate: r.Started.BusinessDate, Shards: r.Started.Shards, Reason: c.Reason,
	}}, nil
}
