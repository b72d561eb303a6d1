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
	"tenure/internal/store"
	"tenure/scheduler"
)

const (
	// lookEvery is how often the database is asked; a run's steps follow each other at this pace.
	lookEvery = 200 * time.Millisecond
	// documentsPage is how many documents are looked at in one round trip.
	documentsPage = 1_000
)

// Driver drives runs. Its fields are set once, before Run or Ensure.
type Driver struct {
	Store     *store.Store
	Publisher *bus.Publisher
	Clock     clock.Clock
	Policy    billing.Policy // its zone tells the nights; a run has the policy of the workers
	Shards    []int32        // the employees' shards: every partition of employee.commands
	Log       *slog.Logger
	Bounds    scheduler.Bounds // the zero value lets every plan start by itself
	ExpectBy  time.Duration    // after local midnight, by when tonight's run is to be complete; 0: nobody waits for it
	Observer  Observer         // nil: nobody looks

	sent    map[string]*sentStep // steps on their way, by command id
	refused map[string]string    // why steps were refused, by command id
	plan    planAttempt
	issued  map[string]issuedPages // by run and cycle
	told    string                 // what was logged last of a plan that waits
}

// Observer sees how the nights are doing; telemetry implements it.
type Observer interface {
	// RunsIn is how many runs of a kind are in a state.
	RunsIn(kind, state string, n int)
	// RunOverdue tells whether tonight's run of a kind is late.
	RunOverdue(kind string, overdue bool)
}

// Status is what one look found.
type Status struct {
	Run      string // the run that is under way, or the last one
	State    string
	Shards   int // that work on it
	Done     int // shards that are through
	Examined int64
	Billed   int64
	Behind   int             // nights that have not begun
	Plan     string          // digest, while a plan waits
	Breaches []events.Breach // bounds that it exceeds
	Refused  []string        // steps that were refused or parked, and why
}

// The states of a run.
const (
	StateNone      = "none"
	StatePlanning  = "planning" // what it would do is computed
	StateWaiting   = "waiting"  // for an approval
	StateStarting  = "starting"
	StateRunning   = "running"
	StateHalted    = "halted"
	StateClosing   = "closing"
	StateCompleted = "completed"
	StateAbandoned = "abandoned"
)

// states are those that a night may be in, for whoever counts them.
var states = []string{StateNone, StatePlanning, StateWaiting, StateStarting, StateRunning, StateHalted, StateClosing, StateCompleted}

// Complete tells whether every night up to now is done.
func (s Status) Complete() bool { return s.State == StateCompleted && s.Behind == 0 }

// Run drives until ctx ends. Faults are logged and waited out.
func (d *Driver) Run(ctx context.Context) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		if _, err := d.Ensure(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("runs: look failed, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Ensure takes the runs as far as they go now, and tells how far that is. Missed nights are caught up in date order: a run
// begins when the one before is completed.
func (d *Driver) Ensure(ctx context.Context) (Status, error) {
	last, err := Last(ctx, d.Store)
	if err != nil {
		return Status{}, err
	}
	halted, err := invoicingHalted(ctx, d.Store)
	if err != nil {
		return Status{}, err
	}
	var status Status
	if last == nil || last.Completed {
		status, err = d.next(ctx, last, halted)
	} else {
		status, err = d.drive(ctx, last, halted)
		status.Behind = len(scheduler.Nights(last.Started.BusinessDate, d.tonight()))
	}
	if err != nil {
		clear(d.issued) // a database that changed hosts may have lost documents that were there
	}
	d.observe(status, last)
	return status, err
}

func (d *Driver) tonight() billing.Date { return scheduler.Tonight(d.Clock.Now(), d.Policy.Zone()) }

// observe tells the state of the night under way and whether it is late.
func (d *Driver) observe(status Status, last *domain.Run) {
	if d.Observer == nil || status.State == "" {
		return
	}
	for _, state := range states {
		n := 0
		if state == status.State {
			n = 1
		}
		d.Observer.RunsIn(domain.RunNightly, state, n)
	}
	if d.ExpectBy > 0 {
		d.Observer.RunOverdue(domain.RunNightly, scheduler.Overdue(completeUpTo(last), d.Clock.Now(), d.Policy.Zone(), d.ExpectBy))
	}
}

// completeUpTo is the newest night that is complete; 0: none. The nights before the one that is under way are.
func completeUpTo(last *domain.Run) billing.Date {
	switch {
	case last == nil:
		return 0
	case last.Completed:
		return last.Started.BusinessDate
	}
	return last.Started.BusinessDate - 1
}

func invoicingHalted(ctx context.Context, s *store.Store) (bool, error) {
	known, err := s.Read(ctx, store.Read{})
	return known.InvoicingHalted, err
}

// drive takes a started run further: shards, then documents, then its end.
func (d *Driver) drive(ctx context.Context, run *domain.Run, halted bool) (Status, error) {
	status := Status{Run: run.ID, State: StateRunning, Shards: len(run.Started.Shards)}
	shards, err := d.Store.RunShards(ctx, run.ID)
	if err != nil {
		return status, err
	}
	opened := map[int32]bool{}
	for _, s := range shards {
		opened[int32(s.Shard)] = true
		status.Examined, status.Billed = status.Examined+s.Examined, status.Billed+s.Billed
		if s.State == store.RunDone {
			status.Done++
		}
	}
	switch {
	case run.Abandoned != "":
		status.State = StateClosing
		err = d.tellAbandoned(ctx, run, shards)
	case halted:
		status.State = StateHalted
	case status.Done < status.Shards:
		err = d.send(ctx, scheduler.Open(*run.Started, opened)...)
	default:
		status.State = StateClosing
		err = d.close(ctx, run, shards)
	}
	status.Refused = d.refusals()
	return status, err
}
