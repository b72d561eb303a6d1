package runs

import (
	"context"
	"fmt"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/scheduler"
)

// begin starts a night whose plan may start, by the bounds of this process too: whoever recorded it in another shell
// may have had wider ones. Then it is planned again, and needs approval.
func (d *Driver) begin(ctx context.Context, n *night) error {
	outside, err := d.outside(ctx, n.run)
	switch {
	case err != nil:
		return err
	case outside:
		return d.replan(ctx, n)
	}
	return d.start(ctx, n)
}

// outside reports whether a plan that an operator recorded as inside the bounds is outside those of this process.
func (d *Driver) outside(ctx context.Context, run *domain.Run) (bool, error) {
	plan := run.Planned
	if !plan.Person || run.Approved == plan.Digest {
		return false, nil
	}
	with, err := Comparable(ctx, d.Store, plan.BusinessDate)
	if err != nil {
		return false, err
	}
	planned := billing.DateOf(plan.PlannedAt, d.Policy.Zone())
	return len(d.Bounds.Check(plan.Summary, with, scheduler.Behind(plan.BusinessDate, planned))) > 0, nil
}

// start begins a planned night, unless too much has changed since: then it is planned again.
func (d *Driver) start(ctx context.Context, n *night) error {
	run := n.run
	step := scheduler.Start(run, d.Shards, 0)
	if d.refused[step.ID] != "" {
		return d.replan(ctx, n)
	}
	if d.inFlight(step.ID) {
		return d.send(ctx, step) // which asks for its outcome
	}
	changed, err := Changed(ctx, d.Store, run.Planned)
	if err != nil {
		return err
	}
	if most := run.Planned.ChangedMax; most >= 0 && changed > most {
		d.Log.Warn("runs: too many employees changed since the plan, planning again", "run", run.ID, "employees", changed)
		if run.Approved == run.Planned.Digest {
			return fmt.Errorf("runs: %d employees changed since the approved plan of %s, at most %d may; "+
				"next: tenure run plan --date %s --record", changed, run.ID, most, n.date)
		}
		return d.replan(ctx, n)
	}
	return d.send(ctx, scheduler.Start(run, d.Shards, changed))
}

// Changed counts the employees to whom something happened since the heads of a plan.
func Changed(ctx context.Context, s *store.Store, plan *events.RunPlanned) (int64, error) {
	changed := int64(0)
	for _, head := range plan.Heads {
		n, err := s.CountChanged(ctx, store.ShardID(head.Shard), head.Position)
		if err != nil {
			return 0, err
		}
		changed += n
	}
	return changed, nil
}
