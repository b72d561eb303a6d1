package bench

import (
	"context"
	"fmt"
	"time"
)

const (
	// pollInterval is the time between two reads of a count: one small query of the database, and the error of a time.
	// At 10 ms it took 7 % of the server.
	pollInterval = 100 * time.Millisecond
	// stallMax is how long a count may stay unchanged before the scenario is aborted.
	stallMax = 90 * time.Second
	// progressInterval is the time between two lines of progress.
	progressInterval = 5 * time.Second
)

// count returns the progress of something.
type count func(context.Context) (int64, error)

// span is how long a count took from the first read that saw it grow to the read that saw it complete. The time before,
// in which a consumer group forms, is not work.
type span struct {
	n    int64 // by how much it grew in that time
	took time.Duration
}

// reach waits until a count is at least want.
func (s *stage) reach(ctx context.Context, c *processes, what string, from, want int64, progress count) (span, error) {
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	now := time.Now()
	w := watch{from: from, last: from, start: now, moved: now, reported: now}
	for {
		n, err := progress(ctx)
		if err != nil {
			return span{}, err
		}
		w.see(n, time.Now())
		if n >= want {
			return w.span(), nil
		}
		if w.stalled() {
			return span{}, fmt.Errorf("%s is at %d of %d for %s", what, n, want, stallMax)
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
	moved, reported   time.Time
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

// span is from the first growth on. A count that grew once only has no such span, and is reported with the time before.
func (w *watch) span() span {
	if w.first == w.last {
		return span{n: w.last - w.from, took: w.moved.Sub(w.start)}
	}
	return span{n: w.last - w.first, took: w.moved.Sub(w.began)}
}

func (w *watch) stalled() bool { return time.Since(w.moved) > stallMax }

func (w *watch) saysNow() bool {
	if time.Since(w.reported) < progressInterval {
		return false
	}
	w.reported = time.Now()
	return true
}
