package runs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

const (
	// planFreshFor is how old a plan may be, in business time, that starts automatically: what is due changes with the
	// commands of the day, and prices with them.
	planFreshFor = time.Hour
	// replanAfter is how long a process waits before it computes the plan of a night again, whatever the plan came to: it
	// reads everybody who is due.
	replanAfter = time.Minute
	// followedAfter is how long a simulated clock that was moved may take until all processes have seen it: a few of their
	// looks at it.
	followedAfter = 100 * time.Millisecond
)

// planAttempt is the plan that this process computed last.
type planAttempt struct {
	run  string
	step scheduler.Step
	with []scheduler.Step // the start that was sent with it, and the end
	says string           // the digest of what it says
	at   time.Time        // real time; zero: none
	// bounds are those that it was compared with.
	bounds scheduler.Bounds
	kept   bool // it was the plan of the run at some time
}

// recent reports whether this process computed the plan of a run a moment ago.
func (a *planAttempt) recent(run string) bool { return a.run == run && time.Since(a.at) < replanAfter }

// steps are all that was sent.
func (a *planAttempt) steps() []scheduler.Step { return append([]scheduler.Step{a.step}, a.with...) }

// onItsWay reports whether a step of a type that this process has sent with the plan of a run may still take effect.
func (a *planAttempt) onItsWay(run *domain.Run, kind string) bool {
	return a.run == run.ID && time.Since(a.at) < outcomeAfter &&
		slices.ContainsFunc(a.with, func(s scheduler.Step) bool { return s.Type == kind })
}

// awaited reports whether the plan that this process has sent a moment ago is to be waited for. Where a simulated clock
// has moved, a worker that had not seen it yet has recorded the plan as of the time before: that one is stale, and sent
// again nothing becomes of it. Each such night was a minute of a simulated year.
func (d *Driver) awaited(run *domain.Run) bool {
	_, machines := d.Clock.(clock.System)
	if !machines && run.Planned != nil && run.Planned.Digest == d.plan.says && time.Since(d.plan.at) >= followedAfter {
		return false
	}
	return d.plan.recent(run.ID)
}

// stale reports whether a night has no plan that may be started or approved. One that exceeds bounds is kept until it
// is approved, an operator plans again, or the bounds are others.
func (d *Driver) stale(run *domain.Run) bool {
	switch {
	case run.Planned == nil:
		return true
	case run.Approved == run.Planned.Digest:
		return false
	case len(run.Planned.Breaches) > 0:
		return d.otherBounds(run)
	}
	age := d.Clock.Now().Sub(run.Planned.PlannedAt)
	return age > planFreshFor || age < -planFreshFor
}

// otherBounds reports whether a plan that needs approval was compared with other bounds than this process's. Where two
// processes have different ones, each plans once, and the last one's plan stays: else they would plan in turns.
func (d *Driver) otherBounds(run *domain.Run) bool {
	own := d.plan.run == run.ID && d.plan.bounds == d.Bounds
	if slices.Equal(run.Planned.Breaches, d.breaches(run.Planned)) {
		d.plan.kept = d.plan.kept || own
		return false
	}
	return !own || !d.plan.kept
}

// breaches are the bounds of this process that a plan exceeds, as late as it was when it was made.
func (d *Driver) breaches(plan *events.RunPlanned) []events.Breach {
	planned := billing.DateOf(plan.PlannedAt, d.Policy.Zone())
	return d.Bounds.Check(plan.Summary, d.behind(plan.BusinessDate, planned))
}

// behind is how many days a night is late on a day; none when an approval covers it.
func (d *Driver) behind(night, day billing.Date) int64 {
	if night <= d.late {
		return 0
	}
	return scheduler.Behind(night, day)
}

// approvedThrough is the last of the missed nights that an approval before a night covers: operators approve once that
// several are late. Nights that are in time need no look.
func (d *Driver) approvedThrough(ctx context.Context, night billing.Date) (billing.Date, error) {
	if d.Bounds.DaysBehind == 0 || scheduler.Behind(night, d.today()) <= d.Bounds.DaysBehind {
		return 0, nil
	}
	stream := domain.Stream(domain.KindRun, runstate.ID(night))
	run, err := runstate.Before(ctx, d.Store, stream, func(r *domain.Run) bool { return r.Through != 0 })
	if err != nil || run == nil {
		return 0, err
	}
	return run.Through, nil
}

// makePlan computes and sends the plan of a night, unless that is under way here or in another process.
func (d *Driver) makePlan(ctx context.Context, n *night) error {
	id := n.run.ID
	if d.awaited(n.run) {
		return d.send(ctx, d.plan.steps()...) // again, when they are not in flight any more
	}
	_, err := d.Store.Exclusive(ctx, "tenure run plan "+id, func() error {
		run, err := runstate.Read(ctx, d.Store, id)
		if err != nil || !d.stale(run) {
			return err // another process was quicker
		}
		return d.sendPlan(ctx, run, n.date)
	})
	return err
}

// replan computes the plan of a night again although there is one.
func (d *Driver) replan(ctx context.Context, n *night) error {
	if d.plan.recent(n.run.ID) {
		return nil
	}
	return d.sendPlan(ctx, n.run, n.date)
}

// sendPlan computes the plan of a night, which takes the place of the one it has, and compares it with the bounds.
func (d *Driver) sendPlan(ctx context.Context, run *domain.Run, date billing.Date) error {
	began := time.Now()
	plan, err := d.Planner(ctx, date)
	if err != nil {
		return err
	}
	judged, err := d.Judge(ctx, plan)
	if err != nil {
		return err
	}
	step, err := scheduler.Plan(judged, run.Planned)
	if err != nil {
		return err
	}
	d.Log.Info(
		"runs: planned",
		"run",
		plan.Run,
		"digest",
		plan.Digest,
		"employees",
		plan.Summary.Examined,
		"took",
		time.Since(began),
	)
	with, err := d.sentWith(ctx, judged, step)
	if err != nil {
		return err
	}
	d.plan = planAttempt{run: run.ID, step: step, with: with, says: plan.Digest, at: time.Now(), bounds: d.Bounds}
	return d.send(ctx, d.plan.steps()...)
}

// sentWith are the steps that follow a plan which nothing holds back, for the same round trip: the start and, where
// nobody is due and no document is to be issued, the end. The owner of the run takes them one after the other, each as
// if it had come when the one before it had taken effect. Most nights of a year are such, and were three round trips.
// Where one is refused, what leads on from there is what the next poll finds.
func (d *Driver) sentWith(ctx context.Context, judged domain.PlanRun, plan scheduler.Step) ([]scheduler.Step, error) {
	if len(judged.Breaches) > 0 {
		return nil, nil
	}
	planned := &events.RunPlanned{BusinessDate: judged.BusinessDate, Heads: judged.Heads}
	changed, err := Changed(ctx, d.Store, planned)
	if err != nil || judged.ChangedMax >= 0 && changed > judged.ChangedMax {
		return nil, err
	}
	shards, err := d.shards(ctx, planned)
	if err != nil {
		return nil, err
	}
	start, err := scheduler.StartWith(plan, shards, changed)
	if err != nil || len(shards) > 0 {
		return []scheduler.Step{start}, err
	}
	closing, err := runstate.Closing(ctx, d.Store, &domain.Run{ID: plan.Subject,
		Started: &events.RunStarted{BusinessDate: judged.BusinessDate, Policy: judged.Policy}})
	if err != nil || len(closing) > 0 {
		return []scheduler.Step{start}, err
	}
	return []scheduler.Step{start, scheduler.CompleteWith(start)}, nil
}

// Judge compares a plan with the bounds, its forecast among them: the result can be sent to keep the plan.
func (d *Driver) Judge(ctx context.Context, plan runstate.Plan) (domain.PlanRun, error) {
	today := billing.DateOf(d.Clock.Now(), d.Policy.Zone())
	return domain.PlanRun{
		RunKind: plan.Kind, BusinessDate: plan.BusinessDate, CatalogVersion: plan.CatalogVersion,
		CatalogChain: plan.CatalogChain, Policy: plan.Policy,
		Digest: plan.Digest, Heads: plan.Heads, Summary: plan.Summary,
		Breaches:   d.Bounds.Check(plan.Summary, d.behind(plan.BusinessDate, today)),
		ChangedMax: d.Bounds.ChangedMax(plan.Summary),
	}, nil
}

// reportWaiting logs once for each plan that a night waits for an operator, and for what.
func (d *Driver) reportWaiting(n *night) {
	run := n.run
	if reported := fmt.Sprint(run.Planned.Digest, n.changed); d.reported != reported {
		d.reported = reported
	} else {
		return
	}
	if n.changed {
		d.Log.Error("runs: too many employees changed since the approved plan, the night needs another one", "run", run.ID,
			"next", fmt.Sprintf("tenure run plan --date %s --record", n.date))
		return
	}
	for _, b := range run.Planned.Breaches {
		d.Log.Error("runs: a plan exceeds a bound, the night needs approval", "run", run.ID, "what", b.Bound,
			"next", "tenure run report "+run.ID+" --compare; tenure run approve "+run.ID+" --digest DIGEST --reason TEXT")
	}
}

// Comparable is the run that a night is compared with: the last one before it that is complete and was not abandoned,
// of a first for a first, and else not of a first; nil when there is none.
func Comparable(ctx context.Context, s *store.Store, night billing.Date) (*scheduler.Comparable, error) {
	stream := domain.Stream(domain.KindRun, domain.RunID(domain.RunNightly, night))
	run, err := runstate.Before(ctx, s, stream, func(r *domain.Run) bool {
		return r.Completed && r.Abandoned == "" && scheduler.ComparableWith(night, r.Started.BusinessDate)
	})
	if err != nil || run == nil {
		return nil, err
	}
	end, err := completed(ctx, s, run.ID)
	if err != nil {
		return nil, err
	}
	return scheduler.ComparableOf(end), nil
}
