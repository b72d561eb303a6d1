package domain

import (
	"fmt"

	"tenure/billing"
	"tenure/events"
)

// RunNightly is the kind of the nightly run: lifecycle and invoicing of one business date.
const RunNightly = "nightly"

// RunID names a run by its kind and business date: there is one of each.
func RunID(kind string, date billing.Date) string { return fmt.Sprintf("%s/%s", kind, date) }

// RunShardID names a run's part in one shard.
func RunShardID(run string, shard int32) string { return fmt.Sprintf("%s/%d", run, shard) }

// Run is the state of a run's stream.
type Run struct {
	noTimers
	ID        string             `json:"-"`
	Planned   *events.RunPlanned `json:"planned,omitempty"`  // the newest plan
	Approved  string             `json:"approved,omitempty"` // digest of the plan that may exceed bounds
	Through   billing.Date       `json:"through,omitempty"`  // last missed night that the approval covers; 0: this one
	Started   *events.RunStarted `json:"started,omitempty"`
	Abandoned string             `json:"abandoned,omitempty"` // why the work on it was ended
	Completed bool               `json:"completed,omitempty"`
	Hash      string             `json:"hash,omitempty"` // of how it ended, for the run after it
}

// Evolve folds what happened to the run.
func (r *Run) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.RunPlanned:
		r.Planned = &e
	case events.RunApproved:
		r.Approved, r.Through = e.Digest, e.Through
	case events.RunStarted:
		r.Started = &e
	case events.RunAbandoned:
		r.Abandoned = e.Reason
	case events.RunCompleted:
		r.Completed, r.Hash = true, e.Hash
	}
}

// Decide answers the commands to a run.
func (r *Run) Decide(c Command, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	switch c := c.(type) {
	case PlanRun:
		return c.decide(r, w)
	case ApproveRun:
		return c.decide(r, w)
	case StartRun:
		return c.decide(r, w)
	case AbandonRun:
		return c.decide(r)
	case CompleteRun:
		return c.decide(r, w)
	}
	return nil, errNotOnStream
}

var (
	errRunNotFound = reject(statusNotFound, "run", "Run not found")
	errRunStarted  = reject(statusConflict, "run", "The run has started already")
)

// named refuses a date that is not the run's. Whether it has come is asked generously: the ids of a run's commands
// follow from it, so that a refusal because of two clocks that differ by a second would stand indefinitely. A date far
// ahead would be the last run that ever runs.
func (r *Run) named(kind string, date billing.Date, w World) *Rejection {
	if date == 0 || r.ID != RunID(kind, date) {
		return invalid("businessDate", "does not belong to the run "+r.ID)
	}
	if date > w.Today().AddDays(1) {
		return invalid("businessDate", "is in the future")
	}
	return nil
}

// checkReason refuses an order about runs that does not say why.
func checkReason(reason string) *Rejection {
	switch {
	case reason == "":
		return invalid("reason", "is required")
	case len(reason) > reasonBytesMax:
		return invalid("reason", fmt.Sprintf("has at most %d bytes", reasonBytesMax))
	}
	return nil
}
