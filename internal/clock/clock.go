package clock

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tenure/internal/store"
)

// Clock returns business time, in UTC.
type Clock interface {
	// Now is business time, in UTC.
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now is the present.
func (System) Now() time.Time { return time.Now().UTC() }

// Simulated reads its time from the database, so that all processes of a system see the same time.
type Simulated struct {
	now atomic.Pointer[time.Time]
}

// pollEvery bounds how late a process notices that the clock was moved.
const pollEvery = 50 * time.Millisecond

// Follow reads the database's clock and follows it until ctx ends. Where none is set it returns System.
func Follow(ctx context.Context, s *store.Store) (Clock, error) {
	now, set, err := s.Clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	if !set {
		return System{}, nil
	}
	c := &Simulated{}
	c.now.Store(&now)
	go c.follow(ctx, s)
	return c, nil
}

// Now is the time of the simulated clock.
func (c *Simulated) Now() time.Time { return *c.now.Load() }

// follow ends with ctx. A failed read leaves the time as it was: the next one follows immediately.
func (c *Simulated) follow(ctx context.Context, s *store.Store) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if now, set, err := s.Clock(ctx); err == nil && set {
				c.now.Store(&now)
			}
		}
	}
}
