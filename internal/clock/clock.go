package clock

import (
	"context"
	"fmt"
	"sync"
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
	mu    sync.Mutex
	now   time.Time
	moved chan struct{} // closed when now has changed
}

const (
	// pollEvery bounds how late a process notices that the clock was moved.
	pollEvery = 50 * time.Millisecond
	// pollMoving is that while it is being moved, for movingFor after each step: a year is hundreds of steps, and what
	// is due at each begins when it is noticed.
	pollMoving, movingFor = 10 * time.Millisecond, time.Second
)

// Follow reads the database's clock and follows it until ctx ends. Where none is set it returns System.
func Follow(ctx context.Context, s *store.Store) (Clock, error) {
	now, set, err := s.Clock(ctx)
	if err != nil {
		return nil, fmt.Errorf("clock: %w", err)
	}
	if !set {
		return System{}, nil
	}
	c := &Simulated{now: now, moved: make(chan struct{})}
	go c.follow(ctx, s)
	return c, nil
}

// Now is the time of the simulated clock.
func (c *Simulated) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Moved is closed once the clock shows another time than at the call.
func (c *Simulated) Moved() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// See takes a time that was read of the database's clock, unless a later one is known.
func (c *Simulated) See(at time.Time) {
	if at = at.UTC(); at.After(c.Now()) {
		c.set(at)
	}
}

// follows takes a time that was read while the clock showed another one, and reports whether it has moved. A time
// before that is one too: a database that lost its last commits has it. Where See was quicker meanwhile, it is old.
func (c *Simulated) follows(now, before time.Time) bool {
	if shown := c.Now(); now.Before(shown) && !shown.Equal(before) {
		return false
	}
	return c.set(now)
}

func (c *Simulated) set(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Equal(c.now) {
		return false
	}
	c.now = now
	close(c.moved)
	c.moved = make(chan struct{})
	return true
}

// follow ends with ctx. A failed read leaves the time as it was: the next one follows immediately.
func (c *Simulated) follow(ctx context.Context, s *store.Store) {
	var moved time.Time
	for {
		pause := pollEvery
		if time.Since(moved) < movingFor {
			pause = pollMoving
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		before := c.Now()
		if now, set, err := s.Clock(ctx); err == nil && set && c.follows(now, before) {
			moved = time.Now()
		}
	}
}
