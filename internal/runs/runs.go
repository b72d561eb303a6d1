package runs

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/orders"
	"tenure/internal/store"
	"tenure/scheduler"
)

const (
	// lookEvery is how often the database is asked; a run's steps follow each other at this pace.
	lookEvery = 200 * time.Millisecond
	// resendAfter is when a step that shows no effect is sent again: its id makes that harmless.
	resendAfter = 15 * time.Second
	// documentsPage is how many documents are looked at in one round trip.
	documentsPage = 1_000
)

// Driver drives runs. Its fields are set once, before Run or Ensure.
type Driver struct {
	Store     *store.Store
	Publisher *bus.Publisher
	Clock     clock.Clock
	Policy    billing.Policy // only its zone is used: a run keeps the policy that the worker started it with
	Shards    []int32        // the employees' shards: every partition of employee.commands
	Log       *slog.Logger

	sent map[string]time.Time // steps on their way, by command id
}

// Status is what one look found.
type Status struct {
	Run      string // the run that is under way, or the last one
	State    string // none, starting, running, closing, completed
	Shards   int    // that work on it
	Done     int    // shards that are through
	Examined int64
	Billed   int64
	Behind   int // nights that have not begun
}

// The states of a run.
const (
	StateNone      = "none"
	StateStarting  = "starting"
	StateRunning   = "running"
	StateClosing   = "closing"
	StateCompleted = "completed"
)

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
	if last == nil || last.Completed {
		return d.next(ctx, last)
	}
	status, err := d.drive(ctx, last)
	status.Behind = len(scheduler.Nights(last.Started.BusinessDate, d.tonight()))
	return status, err
}

func (d *Driver) tonight() billing.Date { return scheduler.Tonight(d.Clock.Now(), d.Policy.Zone()) }

// next begins the oldest night that is missing.
func (d *Driver) next(ctx context.Context, last *domain.Run) (Status, error) {
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
	start := scheduler.Start(domain.RunNightly, nights[0], d.Shards)
	return Status{Run: start.Subject, State: StateStarting, Behind: len(nights)}, d.send(ctx, start)
}

// drive takes a started run further: shards, then documents, then its end.
func (d *Driver) drive(ctx context.Context, run *domain.Run) (Status, error) {
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
	if status.Done < status.Shards {
		return status, d.send(ctx, scheduler.Open(*run.Started, opened)...)
	}
	status.State = StateClosing
	return status, d.close(ctx, run, shards)
}

// send publishes steps that are not on their way already.
func (d *Driver) send(ctx context.Context, steps ...scheduler.Step) error {
	now := time.Now()
	if d.sent == nil {
		d.sent = map[string]time.Time{}
	}
	maps.DeleteFunc(d.sent, func(_ string, at time.Time) bool { return now.Sub(at) >= resendAfter })
	var messages []bus.Message
	var ids []string
	for _, step := range steps {
		if _, onItsWay := d.sent[step.ID]; onItsWay {
			continue
		}
		message, err := d.message(step, now)
		if err != nil {
			return err
		}
		messages, ids = append(messages, message), append(ids, step.ID)
	}
	if len(messages) == 0 {
		return nil
	}
	if err := d.Publisher.Publish(ctx, messages); err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	for _, id := range ids {
		d.sent[id] = now
	}
	return nil
}

// message addresses a step: to a shard by a key that its partition gets, else by the subject's key.
func (d *Driver) message(step scheduler.Step, now time.Time) (bus.Message, error) {
	order := orders.Order{Type: step.Type, Subject: step.Subject, ID: step.ID, Data: step.Data, At: now}
	if strings.HasPrefix(step.Type, "run.open_shard.") {
		order.Key = bus.KeyFor(step.Subject+"/", store.ShardID(step.Shard).Partition(), int32(len(d.Shards)))
	}
	return orders.Message(order)
}
