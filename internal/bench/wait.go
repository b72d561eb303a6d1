package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	// lookEvery is how often a count is looked at: it costs the database one small query, and is the error of a time.
	lookEvery = 10 * time.Millisecond
	// stallMax is how long a count may stand still before the scenario is given up.
	stallMax = 90 * time.Second
	// sayEvery is how often progress is told.
	sayEvery = 5 * time.Second
)

// count tells how far something is.
type count func(context.Context) (int64, error)

// span is how long a count took from the first look that saw it grow to the look that saw it complete. The time before, in
// which a consumer group forms, is not work.
type span struct {
	n    int64 // by how much it grew in that time
	took time.Duration
}

// reach waits until a count is at least want.
func (s *stage) reach(ctx context.Context, c *crew, what string, from, want int64, look count) (span, error) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	now := time.Now()
	w := watch{from: from, last: from, start: now, moved: now, said: now}
	for {
		n, err := look(ctx)
		if err != nil {
			return span{}, err
		}
		w.see(n, time.Now())
		if n >= want {
			return w.span(), nil
		}
		if w.stalled() {
			return span{}, fmt.Errorf("%s stands at %d of %d for %s", what, n, want, stallMax)
		}
		if w.saysNow() {
			s.Say("  %s: %s of %s", what, grouped(n-from), grouped(want-from))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return span{}, ctx.Err()
		case <-c.ended:
			return span{}, fmt.Errorf("%s at %d of %d: %w", what, n, want, c.err)
		}
	}
}

// watch follows a count.
type watch struct {
	from, first, last int64     // before all, when it was first seen to grow, now
	start, began      time.Time // the same
	moved, said       time.Time
}

func (w *watch) see(n int64, now time.Time) {
	if n == w.last {
		return
	}
	if w.began.IsZero() {
		w.began, w.first = now, n
	}
	w.last, w.moved = n, now
}

// span is from the first growth on. A count that grew once only has no such span, and is told with the time before.
func (w *watch) span() span {
	if w.first == w.last {
		return span{n: w.last - w.from, took: w.moved.Sub(w.start)}
	}
	return span{n: w.last - w.first, took: w.moved.Sub(w.began)}
}

func (w *watch) stalled() bool { return time.Since(w.moved) > stallMax }

func (w *watch) saysNow() bool {
	if time.Since(w.said) < sayEvery {
		return false
	}
	w.said = time.Now()
	return true
}
