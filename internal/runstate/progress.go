package runstate

import (
	"time"

	"tenure/domain"
	"tenure/internal/store"
)

// The states of a run. Package runs has the order in which they follow and what leads from each to the next.
const (
	StateNone      = "none"      // no run has started yet, and none is due
	StatePlanning  = "planning"  // what it would do is computed
	StateWaiting   = "waiting"   // its plan needs approval
	StateChanged   = "changed"   // it is approved, but too much changed since its plan: it needs another plan
	StateStarting  = "starting"  // its plan may start
	StateRunning   = "running"   // its shards work
	StateHalted    = "halted"    // invoicing is halted
	StateClosing   = "closing"   // its shards are through, documents are issued
	StateCompleted = "completed" // and no other is due
	StateAbandoned = "abandoned" // an operator ended it
)

// Progress is how far a run is, for any process: all of it comes from the database.
type Progress struct {
	Run       *domain.Run
	State     string
	Started   time.Time // business time; zero: not yet
	Shards    []ShardProgress
	Done      int // shards that are through
	Examined  int64
	Billed    int64
	NotBilled int64
	Expected  int64        // employees that its plan examined; 0: not known
	Halts     []store.Halt // what operators have stopped
	Refused   []string     // steps that were refused or parked, and why
}

// ShardProgress is how far a run is in one shard.
type ShardProgress struct {
	Shard     int32
	State     string // open, done, abandoned; empty: not opened
	Examined  int64
	Billed    int64
	NotBilled int64
	Expected  int64 // employees that the plan examined in it
}

// shardOpen is the state of a shard that works.
const shardOpen = "open"

// ShardRate is Rate of one shard. A shard that is done has no rest.
func (p *Progress) ShardRate(s ShardProgress, now time.Time) (perSecond int64, left time.Duration) {
	one := Progress{State: p.State, Started: p.Started, Examined: s.Examined, Expected: s.Expected}
	if s.State != shardOpen {
		return 0, 0
	}
	return one.Rate(now)
}

// Rate is how many employees a second the run has examined since its start, and how long the rest of its plan takes at
// that rate. Both are 0 where they are not known: before the start, while it is blocked, and while the clock is.
func (p *Progress) Rate(now time.Time) (perSecond int64, left time.Duration) {
	took := now.Sub(p.Started)
	if p.State != StateRunning || p.Started.IsZero() || took < rateAfter || p.Examined == 0 {
		return 0, 0
	}
	perSecond = p.Examined * int64(time.Second) / int64(took)
	if rest := p.Expected - p.Examined; rest > 0 {
		left = time.Duration(int64(took) / p.Examined * rest).Round(time.Second)
	}
	return perSecond, left
}

// rateAfter is how long a run has to be under way before its rate means something.
const rateAfter = 2 * time.Second
