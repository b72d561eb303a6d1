package domain

import (
	"encoding/json"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// PlanRun is run.plan: it keeps what a run would do, as an operator has computed it. A newer plan replaces an older one
// until the run starts; an approval is of one digest.
type PlanRun struct {
	RunKind        string             `json:"kind"`
	BusinessDate   billing.Date       `json:"businessDate"`
	CatalogVersion int64              `json:"catalogVersion"`
	CatalogChain   string             `json:"catalogChain,omitempty"`
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

// Operation is run.
func (PlanRun) Operation() access.Operation { return access.Run }

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
		Run: r.ID, Kind: c.RunKind, BusinessDate: c.BusinessDate, CatalogVersion: c.CatalogVersion,
		CatalogChain: c.CatalogChain, Policy: c.Policy,
		Digest: c.Digest, PlannedAt: w.Now, PlannedBy: person(w.Actor, c.Token), Person: !isSystem(w.Actor), Heads: c.Heads,
		Summary: c.Summary, Breaches: c.Breaches, ChangedMax: c.ChangedMax,
	}
	if r.Planned != nil && sameJSON(r.Planned, planned) { // the same a minute later is newer, and not nothing
		return nil, nil
	}
	return []events.Event{planned}, nil
}
