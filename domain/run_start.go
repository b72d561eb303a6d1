package domain

import (
	"fmt"
	"time"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// StartRun is run.start: it begins the run that was planned, with the policy and the version of the catalog that the
// plan was computed with, for those shards in which an employee is due by then: none on most nights.
type StartRun struct {
	RunKind      string       `json:"kind"`
	BusinessDate billing.Date `json:"businessDate"`
	Shards       []int32      `json:"shards"`
	Plan         string       `json:"plan"`    // digest of the newest plan
	Changed      int64        `json:"changed"` // employees that have changed since
}

// Kind is run.
func (StartRun) Kind() string { return KindRun }

// Operation is run.
func (StartRun) Operation() access.Operation { return access.Run }

// planAgeMax is how old a plan may be that nobody has approved: by then another run is due, and what it says is not
// what would be billed.
const planAgeMax = 24 * time.Hour

func (c StartRun) decide(r *Run, w World) ([]events.Event, error) {
	switch {
	case r.Started != nil:
		return nil, nil
	case w.InvoicingHalted:
		return nil, errInvoicingHalted
	case w.Result != nil && w.Result.NotReady != "":
		return nil, notReady(w.Result.NotReady)
	}
	if refused := r.named(c.RunKind, c.BusinessDate, w); refused != nil {
		return nil, refused
	}
	if refused := c.follows(r, w); refused != nil {
		return nil, refused
	}
	return []events.Event{events.RunStarted{
		Run: r.ID, Kind: c.RunKind, BusinessDate: c.BusinessDate, CatalogVersion: r.Planned.CatalogVersion,
		CatalogChain: r.Planned.CatalogChain,
		Policy:       r.Planned.Policy, Shards: c.Shards, Plan: c.Plan, Changed: c.Changed,
	}}, nil
}

// follows refuses a start that no plan allows.
func (c StartRun) follows(r *Run, w World) *Rejection {
	plan := r.Planned
	conflict := func(format string, args ...any) *Rejection {
		return reject(statusConflict, "plan", fmt.Sprintf(format, args...))
	}
	switch {
	case plan == nil:
		return conflict("The run has no plan")
	case c.Plan != plan.Digest:
		return conflict("The newest plan of the run is another one: %s", plan.Digest)
	case !sameJSON(w.Policy, plan.Policy):
		return conflict("The plan was made under another policy than the workers have")
	case plan.CatalogVersion > w.Catalog.Version:
		return conflict(
			"The plan was made with version %d of the catalog, which ends at %d",
			plan.CatalogVersion,
			w.Catalog.Version,
		)
	case plan.ChangedMax >= 0 && c.Changed > plan.ChangedMax:
		return conflict("%d employees have changed since the plan, at most %d may: plan again", c.Changed, plan.ChangedMax)
	case r.Approved == c.Plan:
		return nil
	case len(plan.Breaches) > 0:
		// What was found may be an amount of any ledger, and outcomes are for everybody: the report of the run tells it.
		return conflict(
			"The plan exceeds %d bounds and needs an approval, the first is %s",
			len(plan.Breaches),
			plan.Breaches[0].Bound,
		)
	case w.Now.Sub(plan.PlannedAt) > planAgeMax:
		return conflict("The plan is older than a day: plan again, or have it approved")
	}
	return nil
}
