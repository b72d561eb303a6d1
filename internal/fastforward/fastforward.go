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
	// lookFirst and lookMax are the pauses between two looks whether a step is through: a night in which nobody is due is
	// in a moment.
	lookFirst, lookMax = 5 * time.Millisecond, 20 * time.Millisecond
	// patienceDefault is for how long a step may show no end before it is given up: a night of a million takes minutes.
	patienceDefault = 10 * time.Minute
	// answersWithin is for how long nothing must happen for a step to be over: more than twice as long as a simulated
	// provider looks away.
	answersWithin = 250 * time.Millisecond
	// blockedMax is for how long the relay may be blocked in a shard before a step is given up: faults of a moment are
	// over by then, and nobody knows when others are.
	blockedMax = time.Minute
	// relayLook is how often it is asked whether it is.
	relayLook = 5 * time.Second
	// stepsMax bounds one call: every minute of a year.
	stepsMax = 366 * 24 * 60
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

	heard map[store.ShardID]store.Head // how far the log was when it was last quiet
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
	stream, due, err := r.Store.FirstDue(ctx)
	if err == nil && stream != "" {
		sooner(wholeMinute(due))
	}
	return at, err
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
	var waitsFor string
	for pause := lookFirst; ; pause = min(pause+pause/2, lookMax) {
		what, err := r.undone(limit, now)
		if err == nil && what == "" {
			if what, err = r.published(limit); err == nil {
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
		case <-time.After(pause):
		case <-limit.Done():
		}
	}
}

// published returns when the relay has published everything, or else what is waited for.
func (r *Clock) published(ctx context.Context) (what string, err error) {
	what = "the relay to Kafka"
	for {
		within, cancel := context.WithTimeout(ctx, relayLook)
		err = feed.Caught(within, r.Store, nil, feed.RelayName)
		cancel()
		var behind *feed.BehindError
		if !errors.As(err, &behind) {
			return what, err
		}
		what = "the relay to Kafka: " + behind.Places()
		switch {
		case ctx.Err() != nil:
			return what, err
		case behind.Blocked() > blockedMax:
			return what, fmt.Errorf("fastforward: %w: %s", feed.ErrStopped, behind.Places())
		}
	}
}

// listen gives those who hear of a step the time to answer, as a simulated provider does, so that the answer belongs to
// the step and not to the next one.
func (r *Clock) listen(ctx context.Context, now time.Time) error {
	for {
		heads, err := r.Store.Heads(ctx)
		if err != nil {
			return err
		}
		answered, err := r.answered(ctx, heads)
		r.heard = heads
		if err != nil || !answered {
			return err
		}
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

// answered reports whether there are events that were not heard and may be answered. A run in which nobody was
// billed is none: nearly all nights of a year are such, and waiting for each was most of what a year took.
func (r *Clock) answered(ctx context.Context, heads map[store.ShardID]store.Head) (bool, error) {
	was := make(map[store.ShardID]int64, len(r.heard))
	for shard, head := range r.heard {
		was[shard] = head.Head
	}
	return r.Store.HasEventsBeside(ctx, was, heads, runEvents)
}

// runEvents begins the types of events of runs.
const runEvents = "run."

// undone says what is not done by now; empty when everything is.
func (r *Clock) undone(ctx context.Context, now time.Time) (string, error) {
	stream, due, err := r.Store.FirstDue(ctx)
	if err != nil {
		return "", err
	}
	if stream != "" && !due.After(now) {
		what := "what is due for " + stream
		halts, err := r.Store.Halts(ctx)
		if err == nil && slices.ContainsFunc(halts, func(h store.Halt) bool { return h.Scope == store.ScopeDeletions }) {
			err = waits(what, runstate.StateHalted)
		}
		return what, err
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
