package domain

import (
	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// person names who orders something, so that another one can be asked for what follows: the employee, or the
// token where it has none; empty: nobody can tell.
func person(by events.Actor, token string) string {
	switch {
	case by.Employee != "":
		return by.Employee
	case token != "":
		return "token " + token
	}
	return ""
}

// ApproveRun is run.approve: the newest plan may start although it exceeds bounds, or is old. Whoever approves has to
// be another one than who planned.
type ApproveRun struct {
	Digest string `json:"digest"`
	Reason string `json:"reason"`
	Token  string `json:"token,omitempty"` // mark of the token of who approves, where it names no employee
	// Through is the last of the missed nights that are approved with this one: they may be late, and are held to all
	// other bounds. Zero: this night only.
	Through billing.Date `json:"through,omitempty"`
}

// Kind is run.
func (ApproveRun) Kind() string { return KindRun }

// Operation is run.
func (ApproveRun) Operation() access.Operation { return access.Run }

func (c ApproveRun) decide(r *Run, w World) ([]events.Event, error) {
	switch {
	case isSystem(w.Actor):
		return nil, reject(statusForbidden, "access_denied", "A run is approved by an operator")
	case r.Planned == nil:
		return nil, reject(statusNotFound, "run", "The run has no plan")
	case r.Planned.Digest != c.Digest:
		return nil, reject(statusConflict, "digest", "The newest plan of the run is another one: "+r.Planned.Digest)
	case r.Approved == c.Digest && r.Through == c.Through:
		return nil, nil
	case r.Started != nil:
		return nil, errRunStarted
	}
	if refused := checkReason(c.Reason); refused != nil {
		return nil, refused
	}
	if c.Through != 0 && (c.Through < r.Planned.BusinessDate || c.Through > w.Today()) {
		return nil, invalid("through", "is a night from that of the run to today's")
	}
	by := person(w.Actor, c.Token)
	if refused := checkFourEyes(r.Planned, by); refused != nil {
		return nil, refused
	}
	return []events.Event{events.RunApproved{Digest: c.Digest, Reason: c.Reason, ApprovedBy: by,
		Through: c.Through}}, nil
}

// checkFourEyes refuses an approver who is not known, or who planned the run.
func checkFourEyes(plan *events.RunPlanned, by string) *Rejection {
	switch {
	case by == "":
		return reject(statusForbidden, "access_denied", "Approver is unknown: use a token")
	case !plan.Person: // Tenure itself
	case plan.PlannedBy == "":
		return reject(statusForbidden, "access_denied", "Planner is unknown: plan again with a token")
	case plan.PlannedBy == by:
		return reject(statusForbidden, "access_denied", "A plan is approved by another ADMIN than planned it")
	}
	return nil
}
