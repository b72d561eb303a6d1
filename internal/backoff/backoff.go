package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Policy is the pauses of one loop: the first one, doubled after each failure up to the longest.
type Policy struct{ First, Max time.Duration }

// Pause is the wait after so many failures in a row, spread over its upper half, so that loops which failed together do
// not come back together.
func (p Policy) Pause(failures int) time.Duration {
	pause := p.First
	for i := 1; i < failures && pause < p.Max; i++ {
		pause *= 2
	}
	pause = min(pause, p.Max)
	return pause/2 + rand.N(pause/2+1)
}

// Sleep waits for d; false: ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
