package feedtest

import (
	"maps"
	"sync"
	"testing"
	"time"

	"tenure/internal/test/running"
)

// Stops collects why shards of a feed stopped.
type Stops struct {
	mu      sync.Mutex
	reasons map[int32]string
	heard   chan struct{}
}

// NewStops collects from now on.
func NewStops() *Stops { return &Stops{reasons: map[int32]string{}, heard: make(chan struct{}, 16)} }

// ShardStopped notes the reason.
func (s *Stops) ShardStopped(_ string, shard int32, reason string) {
	s.mu.Lock()
	s.reasons[shard] = reason
	s.mu.Unlock()
	s.heard <- struct{}{}
}

// Await waits until a shard has stopped and gives the reasons of all that have.
func (s *Stops) Await(t testing.TB) map[int32]string {
	t.Helper()
	select {
	case <-s.heard:
	case <-time.After(running.Patience):
		t.Fatal("no shard stopped")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.reasons)
}
