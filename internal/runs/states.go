package runs

import (
	"context"
	"slices"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

// lifecycle is the way of a run, read from top to bottom: the first state that holds is the run's, and its step is what
// leads on. Each step only sends commands, whose effects the next poll finds in the database; so any process may take
// any step at any time, and one that is killed is continued by the next.
var lifecycle = []stage{
	{runstate.StateNone, func(n *night) bool { return n.run == nil && n.last == nil }, rest},
	{runstate.StateCompleted, func(n *night) bool { return n.run == nil }, rest},
	{runstate.StateClosing, func(n *night) bool { return n.run.Abandoned != "" }, (*Driver).closeAbandoned},
	{runstate.StateHalted, func(n *night) bool { return n.halted }, rest},
	{runstate.StatePlanning, func(n *night) bool { return n.run.Started == nil && n.stale }, (*Driver).makePlan},
	{runstate.StateWaiting, func(n *night) bool { return n.run.Started == nil && scheduler.NeedsApproval(n.run) }, wait},
	{runstate.StateChanged, func(n *night) bool { return n.run.Started == nil && n.changed }, wait},
	{runstate.StateStarting, func(n *night) bool { return n.run.Started == nil }, (*Driver).begin},
	{runstate.StateRunning, func(n *night) bool { return !runstate.Through(n.run, n.shards) }, (*Driver).openShards},
	{runstate.StateClosing, func(*night) bool { return true }, (*Driver).close},
}

// stage is a state of a run, when it is in that state, and what leads from there to the next.
type stage struct {
	state string
	holds func(*night) bool
	step  func(*Driver, context.Context, *night) error
}

// rest waits for the calendar or for an operator.
func rest(*Driver, context.Context, *night) error { return nil }

// wait waits for an operator: for an approval, or for another plan.
func wait(d *Driver, _ context.Context, n *night) error {
	d.reportWaiting(n)
	return nil
}

// openShards begins a run in the shards that have not opened it; from there on their owners work.
func (d *Driver) openShards(ctx context.Context, n *night) error {
	opened := map[int32]bool{}
	for _, s := range n.shards {
		opened[int32(s.Shard)] = true
	}
	return d.sendStep(ctx, n.run.ID, scheduler.Open(*n.run.Started, opened)...)
}

// night is what the database says about the run that is under way, or else about the one that is due.
type night struct {
	last    *domain.Run // the newest run that has started; nil before the first
	run     *domain.Run // nil: none is due
	date    billing.Date
	behind  int              // nights that have not begun
	shards  []store.RunShard // of a started run
	halts   []store.Halt     // what operators have halted
	halted  bool             // invoicing is halted
	changed bool             // too much has changed since its approved plan
	stale   bool             // it has no plan that may be started or approved
}

// stage is the first of the lifecycle that holds.
func (n *night) stage() stage {
	return lifecycle[slices.IndexFunc(lifecycle, func(s stage) bool { return s.holds(n) })]
}

// tonight reads the night that is under way, or the oldest that is missing: missed nights are caught up in date order,
// and a run begins when the one before it is completed.
func (d *Driver) tonight(ctx context.Context) (n night, err error) {
	last, open, err := runstate.LastAndOpen(ctx, d.Store)
	if err != nil {
		return n, err
	}
	n.last = last
	if n.halts, err = d.Store.Halts(ctx); err != nil {
		return n, err
	}
	n.halted = halted(n.halts)
	if open != nil {
		n.run, n.date = open, open.Started.BusinessDate
		n.behind = len(domain.Nights(n.date, d.today()))
		n.shards, err = d.Store.RunShards(ctx, n.run.ID)
		return n, err
	}
	var after billing.Date
	if n.last != nil {
		after = n.last.Started.BusinessDate
	}
	missing := domain.Nights(after, d.today())
	if len(missing) == 0 {
		return n, nil
	}
	n.date, n.behind = missing[0], len(missing)
	if n.run, err = runstate.Read(ctx, d.Store, runstate.ID(n.date)); err != nil {
		return n, err
	}
	if d.late, err = d.approvedThrough(ctx, n.date); err != nil {
		return n, err
	}
	n.stale = d.stale(n.run)
	n.changed, err = d.changes.tooMany(ctx, d.Store, n.run)
	return n, err
}

// today is the newest business date whose run may start by now.
func (d *Driver) today() billing.Date { return domain.Tonight(d.Clock.Now(), d.Policy.Zone()) }

// halted reports whether invoicing is among what operators have halted.
func halted(halts []store.Halt) bool {
	return slices.ContainsFunc(halts, func(h store.Halt) bool { return h.Scope == store.ScopeInvoicing })
}

// haltGrace is how long the command of whoever halted directly has to arrive, so that the event names the operator.
const haltGrace = 30 * time.Second

// recordHalts sends the commands of halts that were written directly and still have no event after a while.
func (d *Driver) recordHalts(ctx context.Context, halts []store.Halt) error {
	var steps []scheduler.Step
	since := map[string]time.Time{}
	for _, h := range halts {
		if !h.Unrecorded {
			continue
		}
		seen, known := d.unrecorded[h.Scope]
		if !known {
			seen = time.Now()
		}
		since[h.Scope] = seen
		if time.Since(seen) >= haltGrace {
			steps = append(steps, scheduler.Halt(h.Scope, h.Reason, h.At))
		}
	}
	d.unrecorded = since
	if len(steps) == 0 {
		return nil
	}
	return d.send(ctx, steps...)
}

// status reports a night in a state.
func (n *night) status(state string) Status {
	s := Status{State: state, Behind: n.behind}
	switch {
	case n.run == nil && n.last != nil:
		s.Run = n.last.ID
		return s
	case n.run == nil:
		return s
	}
	s.Run = n.run.ID
	if n.run.Planned != nil && (state == runstate.StateWaiting || state == runstate.StateChanged) {
		s.Plan, s.Breaches = n.run.Planned.Digest, n.run.Planned.Breaches
	}
	if n.run.Started != nil {
		s.Shards = len(n.run.Started.Shards)
	}
	for _, shard := range n.shards {
		s.Examined, s.Billed = s.Examined+shard.Examined, s.Billed+shard.Billed
		if shard.State == store.RunDone {
			s.Done++
		}
	}
	return s
}

// Blocked returns the state of a night that waits for an operator: waiting for an approval, with the bounds that its
// plan exceeds, changed, for another plan, or halted. Its State is empty when the night continues automatically.
func Blocked(ctx context.Context, s *store.Store, date billing.Date) (Status, error) {
	run, err := runstate.Read(ctx, s, runstate.ID(date))
	if err != nil {
		return Status{}, err
	}
	status := Status{Run: run.ID}
	if run.Planned != nil {
		status.Plan, status.Breaches = run.Planned.Digest, run.Planned.Breaches
	}
	halts, err := s.Halts(ctx)
	if err != nil {
		return status, err
	}
	changed, err := (&changes{}).tooMany(ctx, s, run)
	switch state := (&night{run: run, halted: halted(halts), changed: changed}).stage().state; state {
	case runstate.StateHalted, runstate.StateWaiting, runstate.StateChanged:
		status.State = state
	}
	return status, err
}
