package runs

import (
	"context"
	"log/slog"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/scheduler"
)

const (
	// pollInterval is how often the database is read while nothing changes, and pollSoon after a change and after a step
	// that was sent: one that has taken effect is followed by the next one, and a night in which nobody is due is little
	// else than steps.
	pollInterval, pollSoon = 200 * time.Millisecond, 10 * time.Millisecond
	// documentsPage is how many documents are read in one round trip.
	documentsPage = 1_000
)

// Driver drives runs. Its fields are set once, before Run or Ensure.
type Driver struct {
	Store     *store.Store
	Publisher *bus.Publisher
	Clock     clock.Clock
	Policy    billing.Policy // its zone dates the nights; a run has the policy of the workers
	Log       *slog.Logger
	// Planner computes the plan of a date: worker.Planner does.
	Planner func(ctx context.Context, date billing.Date) (runstate.Plan, error)
	// Opens finds those of a plan's shards in which the run of a date has work: worker.Planner does. Nil: all of them.
	Opens    func(ctx context.Context, date billing.Date, shards []int32) ([]int32, error)
	Bounds   scheduler.Bounds // the zero value lets every plan start automatically
	ExpectBy time.Duration    // after local midnight, by when tonight's run is to be complete; 0: at any time
	Observer Observer         // nil: not observed
	Spans    telemetry.Spans  // of runs

	sent      map[string]*sentStep // steps in flight, by command id
	refused   map[string]string    // why steps were refused, by command id
	changes   changes
	plan      planAttempt
	late      billing.Date      // last missed night that an approval covers; 0: none
	issued    map[string]string // by run and cycle: reference up to which all documents are issued
	postponed bool              // a step of the last send was refused for the time being
	attempts  map[string]int    // of a run's steps: how often one was refused that may be taken now
	published bool              // the last poll has sent steps
	reported  string            // digest of the plan whose breaches were logged last
	logged    logged

	unrecorded map[string]time.Time // by scope: when a halt was first seen without its event
}

// Observer sees the progress of the nights; telemetry implements it.
type Observer interface {
	// RunsIn is how many runs of a kind are in a state.
	RunsIn(kind, state string, n int)
	// RunOverdue reports whether tonight's run of a kind is late.
	RunOverdue(kind string, overdue bool)
}

// Status is what one poll found.
type Status struct {
	Run      string // the run that is under way, or the last one
	State    string
	Shards   int // that work on it
	Done     int // shards that are through
	Examined int64
	Billed   int64
	Behind   int             // nights that have not begun
	Plan     string          // digest, while a plan needs approval
	Breaches []events.Breach // bounds that it exceeds
	Refused  []string        // steps that were refused or parked, and why
}

// Complete reports whether every night up to now is done.
func (s Status) Complete() bool { return s.State == runstate.StateCompleted && s.Behind == 0 }

// Run drives until ctx ends. Faults are logged and waited out.
func (d *Driver) Run(ctx context.Context) error {
	pause := pollInterval
	var was Status
	for failures := 0; ; {
		moved := d.moved()
		d.published = false
		status, err := d.Ensure(ctx)
		switch {
		case err == nil:
			if pause, failures = nextPause(pause, was, status), 0; d.published {
				pause = pollSoon
			}
			was = status
		case store.IsTransient(err) && ctx.Err() == nil: // the database restarts or is away, and everything waits for it
			failures++
			d.Log.Warn("runs: poll failed, trying again", "error", err, "wait", pollPause(failures))
		case ctx.Err() == nil:
			failures++
			d.Log.Error("runs: poll failed, trying again", "error", err, "wait", pollPause(failures))
		}
		if failures > 0 {
			pause = pollPause(failures)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-moved:
		case <-time.After(pause):
		}
	}
}

// moved is closed once a simulated clock is moved, which may begin a night; nil where time is that of machines.
func (d *Driver) moved() <-chan struct{} {
	if simulated, ok := d.Clock.(*clock.Simulated); ok {
		return simulated.Moved()
	}
	return nil
}

// nextPause is how long to wait after a poll: shortly where a run has come a step further, and longer each time it has
// not. How many employees it has examined is no step: a large run would be polled all the time.
func nextPause(pause time.Duration, was, is Status) time.Duration {
	if was.Run != is.Run || was.State != is.State || was.Done != is.Done || was.Behind != is.Behind {
		return pollSoon
	}
	return min(pause+pause/2, pollInterval)
}

// Ensure takes the runs as far as they go now, and returns how far that is.
func (d *Driver) Ensure(ctx context.Context) (Status, error) {
	n, err := d.tonight(ctx)
	if err != nil {
		d.forgetIssued()
		return Status{}, err
	}
	if err := d.recordHalts(ctx, n.halts); err != nil {
		return Status{}, err
	}
	stage := n.stage()
	status := n.status(stage.state)
	err = stage.step(d, ctx, &n)
	status.Refused = d.refusals()
	if err != nil {
		d.forgetIssued()
	}
	d.observe(status, n.last)
	d.logChanges(ctx, &n, status)
	return status, err
}

// Look reports the state of the run under way to the observer, and drives nothing.
func (d *Driver) Look(ctx context.Context) error {
	n, err := d.tonight(ctx)
	if err == nil {
		d.observe(n.status(n.stage().state), n.last)
	}
	return err
}

// observe reports the state of the night under way and whether it is late.
func (d *Driver) observe(status Status, last *domain.Run) {
	if d.Observer == nil {
		return
	}
	for _, state := range reportedStates {
		n := 0
		if state == status.State {
			n = 1
		}
		d.Observer.RunsIn(domain.RunNightly, state, n)
	}
	if d.ExpectBy > 0 {
		late := domain.Overdue(runstate.UpTo(last), d.Clock.Now(), d.Policy.Zone(), d.ExpectBy)
		d.Observer.RunOverdue(domain.RunNightly, late)
	}
}

// reportedStates are those that a night may be in, for metrics.
var reportedStates = []string{
	runstate.StateNone, runstate.StatePlanning, runstate.StateWaiting, runstate.StateChanged, runstate.StateStarting,
	runstate.StateRunning, runstate.StateHalted, runstate.StateClosing, runstate.StateCompleted,
}
