package runs

import (
	"context"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/scheduler"
)

// begin starts a night whose plan may start, by the bounds of this process too: whoever recorded it in another shell
// may have had wider ones. Then it is planned again, and needs approval.
func (d *Driver) begin(ctx context.Context, n *night) error {
	plan := n.run.Planned
	if plan.Person && n.run.Approved != plan.Digest && len(d.breaches(plan)) > 0 {
		return d.replan(ctx, n)
	}
	return d.start(ctx, n)
}

// start begins a planned night, unless that was refused, or too much has changed since: then it is planned again. The
// start after a refusal is another attempt, since the plan may come out the same: a worker may have had another policy
// for a moment, and a simulated clock does not move meanwhile, so that nothing in the plan tells one from the other.
func (d *Driver) start(ctx context.Context, n *night) error {
	run := n.run
	step := d.attempt(run.ID, scheduler.Start(run, 0))
	if d.plan.onItsWay(run, step.Type) {
		return nil
	}
	if d.refused[step.ID] != "" {
		return d.planAgain(ctx, n)
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
		return d.replan(ctx, n)
	}
	shards, err := d.shards(ctx, run.Planned)
	if err != nil {
		return err
	}
	return d.sendStep(ctx, run.ID, scheduler.StartIn(run, shards, changed))
}

// planAgain plans a night whose start was refused. What is sent for it then is another attempt.
func (d *Driver) planAgain(ctx context.Context, n *night) error {
	if !d.plan.recent(n.run.ID) {
		d.tryAgain(n.run.ID)
	}
	return d.replan(ctx, n)
}

// shards are those in which a run is opened: those of its plan in which it has work.
func (d *Driver) shards(ctx context.Context, plan *events.RunPlanned) ([]int32, error) {
	all := make([]int32, len(plan.Heads))
	for i, head := range plan.Heads {
		all[i] = head.Shard
	}
	if d.Opens == nil {
		return all, nil
	}
	return d.Opens(ctx, plan.BusinessDate, all)
}

// changesPoll is how often it is counted, in real time, what changed since an approved plan: it reads all of that.
const changesPoll = time.Minute

// changes is the last count of what changed since an approved plan.
type changes struct {
	plan string // digest
	at   time.Time
	many bool
}

// tooMany reports whether more employees changed since the approved plan of a run than may.
func (c *changes) tooMany(ctx context.Context, s *store.Store, run *domain.Run) (bool, error) {
	plan := run.Planned
	if plan == nil || run.Started != nil || run.Approved != plan.Digest || plan.ChangedMax < 0 {
		return false, nil
	}
	if c.plan == plan.Digest && time.Since(c.at) < changesPoll {
		return c.many, nil
	}
	n, err := Changed(ctx, s, plan)
	if err != nil {
		return false, err
	}
	*c = changes{plan: plan.Digest, at: time.Now(), many: n > plan.ChangedMax}
	return c.many, nil
}

// Changed counts the employees to whom something happened since the heads of a plan. Most often that is nobody, which
// one look at the heads of now says of all shards.
func Changed(ctx context.Context, s *store.Store, plan *events.RunPlanned) (int64, error) {
	now, err := s.Heads(ctx)
	if err != nil {
		return 0, err
	}
	changed := int64(0)
	for _, head := range plan.Heads {
		if now[store.ShardID(head.Shard)].Head <= head.Position {
			continue
		}
		n, err := s.CountChanged(ctx, store.ShardID(head.Shard), head.Position)
		if err != nil {
			return 0, err
		}
		changed += n
	}
	return changed, nil
}
