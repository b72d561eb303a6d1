package bus

import (
	"sync"
	"time"
)

// seldomEvery is how often faults that follow each other are logged.
const seldomEvery = time.Minute

// seldom lets the first of faults that follow each other into the log, and then one a minute with the number of those
// between them: a broker that is away is the same fault for each partition, several times a second.
type seldom struct {
	mu    sync.Mutex
	last  time.Time
	count int // since the last one that was logged
}

// due reports whether a fault at this time is logged, and how many there were since the last one that was.
func (s *seldom) due(now time.Time) (faults int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if !s.last.IsZero() && now.Sub(s.last) < seldomEvery {
		return 0, false
	}
	faults = s.count
	s.last, s.count = now, 0
	return faults, true
}
