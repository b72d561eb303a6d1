package faults

import (
	"context"
	"time"
)

// idleMax is how long a system may do nothing before it counts as one that has nothing to do.
const idleMax = 30 * time.Second

// progress is how far the log is, and what is taken of the commands. It only rises.
func (s *system) progress() (sum int64, known bool) {
	heads, err := s.store.Heads(context.Background())
	for _, h := range heads {
		sum += h.Head + h.NextOffset + h.OutcomesHead
	}
	return sum, err == nil
}

// gotOn waits until the system has got on since the call, or has had nothing to do for a while; false: enough was
// closed before. Whoever hurts a system again and again waits for it in between: on a busy machine a fixed pause may be
// shorter than it takes to come back, and the system would never get on.
func (s *system) gotOn(enough <-chan struct{}) bool {
	before, known := s.progress()
	idle := time.NewTimer(idleMax)
	defer idle.Stop()
	for {
		select {
		case <-enough:
			return false
		case <-idle.C:
			return true
		case <-time.After(lookEvery):
		}
		switch now, ok := s.progress(); {
		case !ok:
		case !known:
			before, known = now, true
		case now != before:
			return true
		}
	}
}
