package domain

import (
	"encoding/json"

	"tenure/billing"
	"tenure/events"
)

// PlanRun is run.plan: it keeps what a run would do, as somebody has computed it. A newer plan replaces an older one until
// the run starts; an approval is of one digest.
type PlanRun struct {
	RunKind        string             `json:"kind"`
	BusinessDate   billing.Date       `json:"businessDate"`
	CatalogVersion int64              `json:"catalogVersion"`
	Policy         json.RawMessage    `json:"policy"`
	Digest         string             `json:"digest"`
	Heads          []events.ShardHead `json:"heads"`
	Summary        events.PlanSummary `json:"summary"`
	Breaches       []events.Breach    `json:"breaches,omitempty"`
	ChangedMax     int64              `json:"changedMax"`
	Token          string             `json:"token,omitempty"` // mark of the token of who asks, where it names no employee
}

// Kind is run.
func (PlanRun) Kind() string { return KindRun }

// digestChars is the length of a plan's digest: SHA-256 in hex.
const digestChars = 64

func (c PlanRun) decide(r *Run, w World) ([]events.Event, error) {
	if r.Started != nil {
		return nil, errRunStarted
	}
	if refused := r.named(c.RunKind, c.BusinessDate, w); refused != nil {
		return nil, refused
	}
	if len(c.Digest) != digestChars {
		return nil, invalid("digest", "is SHA-256 in hex")
	}
	planned := events.RunPlanned{
		Run: r.ID, Kind: c.RunKind, BusinessDate: c.BusinessDate, CatalogVersion: c.CatalogVersion, Policy: c.Policy,
		Digest: c.Digest, PlannedAt: w.Now, PlannedBy: person(w.Actor, c.Token), Person: !isSystem(w.Actor), Heads: c.Heads,
		Summary: c.Summary, Breaches: c.Breaches, ChangedMax: c.ChangedMax,
	}
	if r.Planned != nil && sameJSON(r.Planned, planned) { // the same a minute later is newer, and not nothing
		return nil, nil
	}
	return []events.Event{planned}, nil
}

// person names who orders something, so that it can be told whether another one orders what follows: the employee, or the
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

// ApproveRun is run.approve: the newest plan may start although it exceeds bounds, or is old. Whoever approves has to be
// another one than who planned.
type ApproveRun struct {
	Digest string `json:"digest"`
	Reason string `json:"reason"`
	Token  string `json:"token,omitempty"` // mark of the token of who approves, where it names no employee
}

// Kind is run.
func (ApproveRun) Kind() string { return KindRun }

func (c ApproveRun) decide(r *Run, w World) ([]events.Event, error) {
	switch {
	case isSystem(w.Actor):
		return nil, reject(statusForbidden, "access_denied", "An approval is a person's")
	case r.Planned == nil:
		return nil, reject(statusNotFound, "run", "The run has no plan")
	case r.Planned.Digest != c.Digest:
		return nil, reject(statusConflict, "digest", "The newest plan of the run is another one: "+r.Planned.Digest)
	case r.Approved == c.Digest:
		return nil, nil
	case r.Started != nil:
		return nil, errRunStarted
	}
	if refused := checkReason(c.Reason); refused != nil {
		return nil, refused
	}
	by := person(w.Actor, c.Token)
	switch {
	case by == "":
		return nil, reject(statusForbidden, "access_denied", "It cannot be told who approves: use a token")
	case !r.Planned.Person: // Tenure itself
	case r.Planned.PlannedBy == "":
		return nil, reject(statusForbidden, "access_denied", "It cannot be told who planned: plan again with a token")
	case r.Planned.PlannedBy == by:
		return nil, reject(statusForbidden, "access_denied", "A plan is approved by another ADMIN than planned it")
	}
	return []events.Event{events.RunApproved{Digest: c.Digest, Reason: c.Reason, ApprovedBy: by}}, nil
}
