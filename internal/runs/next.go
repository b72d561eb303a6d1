package runs

import (
	"context"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/worker"
	"tenure/scheduler"
)

const (
	// planFreshFor is how old a plan may be, in business time, that starts by itself: what is due changes with the commands of
	// the day, and prices with them.
	planFreshFor = time.Hour
	// replanAfter is how long a process waits before it computes the plan of a night again, however it came to nothing: it
	// reads everybody who is due.
	replanAfter = time.Minute
)

// planAttempt is the plan that this process computed last.
type planAttempt struct {
	run  string
	step scheduler.Step
	at   time.Time // real time; zero: none
}

// next begins the oldest night that is missing: it plans it, and starts it when the plan is inside the bounds or approved.
func (d *Driver) next(ctx context.Context, last *domain.Run, halted bool) (Status, error) {
	status := Status{State: StateNone}
	var date billing.Date
	if last != nil {
		status = Status{Run: last.ID, State: StateCompleted}
		date = last.Started.BusinessDate
	}
	nights := scheduler.Nights(date, d.tonight())
	if len(nights) == 0 {
		return status, nil
	}
	run, err := Read(ctx, d.Store, domain.RunID(domain.RunNightly, nights[0]))
	status = Status{Run: run.ID, State: StatePlanning, Behind: len(nights)}
	switch {
	case err != nil:
		return status, err
	case halted:
		status.State = StateHalted
		return status, nil
	case d.stale(run):
		err = d.makePlan(ctx, nights[0])
	case scheduler.NeedsApproval(run):
		status.State, status.Plan, status.Breaches = StateWaiting, run.Planned.Digest, run.Planned.Breaches
		d.tellWaiting(run)
	default:
		err = d.begin(ctx, run, nights[0], &status)
	}
	status.Refused = d.refusals()
	return status, err
}

// begin starts a night whose plan may start, by the bounds of this process too: who recorded it in another shell may have had
// wider ones. Then it is planned again, and waits.
func (d *Driver) begin(ctx context.Context, run *domain.Run, night billing.Date, status *Status) error {
	outside, err := d.outside(ctx, run)
	switch {
	case err != nil:
		return err
	case outside:
		return d.replan(ctx, run, night)
	}
	status.State = StateStarting
	return d.start(ctx, run, night)
}

// outside tells whether a plan that a person recorded as inside the bounds is outside those of this process.
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

// stale tells whether a night has no plan that may be started or approved. One that exceeds bounds stands until it is
// approved or somebody plans again.
func (d *Driver) stale(run *domain.Run) bool {
	switch {
	case run.Planned == nil:
		return true
	case run.Approved == run.Planned.Digest, len(run.Planned.Breaches) > 0:
		return false
	}
	age := d.Clock.Now().Sub(run.Planned.PlannedAt)
	return age > planFreshFor || age < -planFreshFor
}

// tellWaiting logs once for each plan that a night waits for an approval, and what for.
func (d *Driver) tellWaiting(run *domain.Run) {
	if d.told == run.Planned.Digest {
		return
	}
	d.told = run.Planned.Digest
	for _, b := range run.Planned.Breaches {
		d.Log.Error("runs: a plan exceeds a bound, the night waits for an approval", "run", run.ID, "what", b.Bound,
			"next", "tenure run report "+run.ID+" --compare; tenure run approve "+run.ID+" --digest DIGEST --reason TEXT")
	}
}

// makePlan computes and sends the plan of a night, unless that is under way here or in another process.
func (d *Driver) makePlan(ctx context.Context, night billing.Date) error {
	id := domain.RunID(domain.RunNightly, night)
	if d.plan.run == id && time.Since(d.plan.at) < replanAfter {
		return d.send(ctx, d.plan.step) // again, when it is not on its way any more
	}
	_, err := d.Store.Exclusive(ctx, "tenure run plan "+id, func() error {
		run, err := Read(ctx, d.Store, id)
		if err != nil || !d.stale(run) {
			return err // another process was quicker
		}
		step, err := d.planned(ctx, night, run.Planned)
		if err != nil {
			return err
		}
		d.plan = planAttempt{run: id, step: step, at: time.Now()}
		return d.send(ctx, step)
	})
	return err
}

// planned computes the plan of a night that takes the place of another one or of none, and holds it against the bounds.
func (d *Driver) planned(ctx context.Context, night billing.Date, before *events.RunPlanned) (scheduler.Step, error) {
	began := time.Now()
	plan, err := d.Planner().Plan(ctx, night)
	if err != nil {
		return scheduler.Step{}, err
	}
	order, err := d.Judge(ctx, plan)
	if err != nil {
		return scheduler.Step{}, err
	}
	d.Log.Info("runs: planned", "run", plan.Run, "digest", plan.Digest, "employees", plan.Summary.Examined, "took", time.Since(began))
	return scheduler.Plan(order, before)
}

// Planner computes plans for the driver's system.
func (d *Driver) Planner() *worker.Planner {
	return &worker.Planner{Store: d.Store, Clock: d.Clock, Policy: d.Policy, Shards: d.Shards, Log: d.Log}
}

// Judge holds a plan against the bounds and the last comparable run: what comes out can be sent to keep it.
func (d *Driver) Judge(ctx context.Context, plan worker.Plan) (domain.PlanRun, error) {
	with, err := Comparable(ctx, d.Store, plan.BusinessDate)
	if err != nil {
		return domain.PlanRun{}, err
	}
	today := billing.DateOf(d.Clock.Now(), d.Policy.Zone())
	return domain.PlanRun{
		RunKind: plan.Kind, BusinessDate: plan.BusinessDate, CatalogVersion: plan.CatalogVersion, Policy: plan.Policy,
		Digest: plan.Digest, Heads: plan.Heads, Summary: plan.Summary,
		Breaches:   d.Bounds.Check(plan.Summary, with, scheduler.Behind(plan.BusinessDate, today)),
		ChangedMax: d.Bounds.ChangedMax(plan.Summary),
	}, nil
}

// start begins a planned night, unless too much has changed since: then it is planned again.
func (d *Driver) start(ctx context.Context, run *domain.Run, night billing.Date) error {
	step := scheduler.Start(run, d.Shards, 0)
	if d.refused[step.ID] != "" {
		return d.replan(ctx, run, night)
	}
	if d.onItsWay(step.ID) {
		return d.send(ctx, step) // which asks for its outcome
	}
	changed, err := Changed(ctx, d.Store, run.Planned)
	if err != nil {
		return err
	}
	if most := run.Planned.ChangedMax; most >= 0 && changed > most {
		d.Log.Warn("runs: too many employees changed since the plan, planning again", "run", run.ID, "employees", changed)
		if run.Approved == run.Planned.Digest {
			return fmt.Errorf("runs: %d employees changed since the approved plan of %s, at most %d may; next: tenure run plan --date %s --record",
				changed, run.ID, most, night)
		}
		return d.replan(ctx, run, night)
	}
	return d.send(ctx, scheduler.Start(run, d.Shards, changed))
}

// replan computes the plan of a night anew although there is one.
func (d *Driver) replan(ctx context.Context, run *domain.Run, night billing.Date) error {
	id := run.ID
	if d.plan.run == id && time.Since(d.plan.at) < replanAfter {
		return nil
	}
	step, err := d.planned(ctx, night, run.Planned)
	if err != nil {
		return err
	}
	d.plan = planAttempt{run: id, step: step, at: time.Now()}
	return d.send(ctx, step)
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
