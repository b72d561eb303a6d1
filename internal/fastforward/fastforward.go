package fastforward

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/feed"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

const (
	// lookEvery is how often the database is asked whether a step is through.
	lookEvery = 20 * time.Millisecond
	// patienceDefault is for how long a step may show no end before it is given up: a night of a million takes minutes.
	patienceDefault = 10 * time.Minute
	// answersWithin is for how long nothing must happen for a step to be over: more than twice as long as a simulated
	// provider looks away.
	answersWithin = 250 * time.Millisecond
	// stepsMax bounds one call: every minute of a year.
	stepsMax = 366 * 24 * 60
	// farAhead is beyond everything that is scheduled: deletions are at most two years ahead, an expiry may be later.
	farAhead = 200 * 366 * 24 * time.Hour
)

// ErrNoEnd says that a step did not come to its end in time: no process works on it.
var ErrNoEnd = errors.New("what is due is not done")

// ErrWaits says that a step needs an operator: something is halted, or a plan is outside its
// bounds.
var ErrWaits = errors.New("it needs an operator")

// Clock moves the simulated clock. Its fields are set once.
type Clock struct {
	Store  *store.Store
	Policy billing.Policy // only its zone is used
	// Patience bounds each step in real time; 0 means 10 minutes.
	Patience time.Duration
	// Answers is for how long nothing must happen for a step to be over; 0 means 250 ms, which is more than twice as long
	// as a simulated provider looks away.
	Answers time.Duration
	// Step hears of each instant that is through; may be nil.
	Step func(at time.Time)

	heard int64 // how much had happened when it was last quiet
}

// Advance moves the clock forward to an instant, step by step. The error is store.ErrClockBack when it lies behind,
// ErrNoEnd when a step takes too long, and ErrWaits when it needs an operator: the clock then is at that step, and the
// next call continues.
func (r *Clock) Advance(ctx context.Context, to time.Time) error {
	now, _, err := r.Store.Clock(ctx)
	if err != nil {
		return err
	}
	if to.Before(now) {
		return store.ErrClockBack
	}
	for range stepsMax {
		if err := r.settle(ctx, now); err != nil {
			return err
		}
		if err := r.listen(ctx, now); err != nil {
			return err
		}
		if r.Step != nil {
			r.Step(now)
		}
		if !now.Before(to) {
			return nil
		}
		if now, err = r.next(ctx, now, to); err != nil {
			return err
		}
		if err := r.Store.SetClock(ctx, now); err != nil {
			return err
		}
	}
	return fmt.Errorf("fastforward: more than %d steps to %s: go in shorter ones", stepsMax, to.Format(time.RFC3339))
}

// next is the next instant to stop at: the minute by which something is due, as a tick each minute would find it, or
// the start of a night's run.
func (r *Clock) next(ctx context.Context, now, to time.Time) (time.Time, error) {
	at := to
	sooner := func(t time.Time) {
		if t.After(now) && t.Before(at) {
			at = t
		}
	}
	w := domain.World{Now: now, Policy: r.Policy}
	for _, night := range []billing.Date{w.Today(), w.Today() + 1} {
		sooner(w.Midnight(night).Add(domain.NightDelay).UTC())
	}
	heads, err := r.Store.Heads(ctx)
	if err != nil {
		return at, err
	}
	for shard := range heads {
		due, err := r.Store.DueNow(ctx, shard, now.Add(farAhead), 1)
		if err != nil {
			return at, err
		}
		if len(due) > 0 {
			sooner(wholeMinute(due[0].NextDue))
		}
	}
	return at, nil
}

// wholeMinute is the first whole minute that is not before an instant.
func wholeMinute(t time.Time) time.Time {
	if whole := t.Truncate(time.Minute); !whole.Equal(t) {
		return whole.Add(time.Minute)
	}
	return t
}

// settle waits until everything is done that is due by now: what time does, the nights, and that others hear of it.
func (r *Clock) settle(ctx context.Context, now time.Time) error {
	patience := r.Patience
	if patience == 0 {
		patience = patienceDefault
	}
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var waitsFor string
	for {
		what, err := r.undone(limit, now)
		if err == nil && what == "" {
			what = "the relay to Kafka"
			if err = feed.Caught(limit, r.Store, nil, feed.RelayName); err == nil {
				return nil
			}
		}
		if what != "" {
			waitsFor = what // a read that was cut short leaves what was known before
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case limit.Err() != nil:
			return fmt.Errorf("fastforward: %w by %s, it waits for %s", ErrNoEnd, now.Format(time.RFC3339), waitsFor)
		case err != nil:
			return err
		}
		select {
		case <-ticker.C:
		case <-limit.Done():
		}
	}
}

// listen gives those who hear of a step the time to answer, as a simulated provider does, so that the answer belongs to
// the step and not to the next one.
func (r *Clock) listen(ctx context.Context, now time.Time) error {
	for {
		heads, err := r.events(ctx)
		if err != nil || heads == r.heard {
			return err
		}
		r.heard = heads
		select {
		case <-time.After(cmp.Or(r.Answers, answersWithin)):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := r.settle(ctx, now); err != nil {
			return err
		}
	}
}

// events counts what has happened.
func (r *Clock) events(ctx context.Context) (n int64, err error) {
	heads, err := r.Store.Heads(ctx)
	for _, head := range heads {
		n += head.Head
	}
	return n, err
}

// undone says what is not done by now; empty when everything is.
func (r *Clock) undone(ctx context.Context, now time.Time) (string, error) {
	heads, err := r.Store.Heads(ctx)
	if err != nil {
		return "", err
	}
	for shard := range heads {
		due, err := r.Store.DueNow(ctx, shard, now, 1)
		if err != nil {
			return "", err
		}
		if len(due) > 0 {
			what := "what is due for " + due[0].Stream
			halts, err := r.Store.Halts(ctx)
			if err == nil && slices.ContainsFunc(halts, func(h store.Halt) bool { return h.Scope == store.ScopeDeletions }) {
				err = waits(what, runstate.StateHalted)
			}
			return what, err
		}
	}
	nights, err := runstate.Missing(ctx, r.Store, now, r.Policy.Zone())
	if err != nil || len(nights) == 0 {
		return "", err
	}
	what := "the night of " + nights[0].String()
	status, err := runs.Blocked(ctx, r.Store, nights[0])
	return what, errors.Join(err, waits(what, status.State))
}

// waits is the error of what is blocked in a state; nil for none.
func waits(what, state string) error {
	if state == "" {
		return nil
	}
	return fmt.Errorf("fastforward: %s is %s: %w", what, state, ErrWaits)
}
