package simulation

import (
	"runtime"
	"strings"
	"sync"
)

// moment is a place in the work of processes at which a standby without the last commits takes the place of the
// database: as a statement is on its way that belongs to it.
type moment struct {
	name   string
	within string // the function that sends the statement; empty: the copy is promoted at any time
	night  bool   // the copy is made before the night; otherwise when the day's catalogue is settled
}

// promotions are the moments of the lives; which one a life has follows from its seed.
var promotions = []moment{
	{name: "at any time"},
	{name: "in the middle of planning a night", within: "worker.(*planning).shard", night: true},
	{name: "in the middle of billing a night", within: "worker.(*owner).writeChunk", night: true},
	{name: "in the middle of beginning deletions", within: "worker.(*owner).advance", night: true},
	{name: "in the middle of confirming deletions", within: "worker.(*owner).commit"},
	{name: "in the middle of a replay", within: momentOfReplay},
}

const momentOfReplay = "replay.(*job).run"

// momentOf spreads the moments over the seeds otherwise than the fault that happens often.
func momentOf(seed int64) moment {
	return promotions[(seed+seed/int64(len(faults)))%int64(len(promotions))]
}

// statementsMax is how many statements of a moment may pass before the copy is promoted.
const statementsMax = 3

// awaited is a moment that is to come.
type awaited struct {
	came chan struct{}

	mu     sync.Mutex
	within string // empty: none
	left   int    // statements that pass before
}

func newAwaited() *awaited { return &awaited{came: make(chan struct{}, 1)} }

func (a *awaited) begin(within string, left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.within, a.left = within, left
}

// end awaits it no more.
func (a *awaited) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.within = ""
	select {
	case <-a.came:
	default:
	}
}

// comes reports whether the calling goroutine's statement is the one at which the moment comes.
func (a *awaited) comes() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.within == "" || !calls(a.within) {
		return false
	}
	if a.left--; a.left >= 0 {
		return false
	}
	a.within = ""
	a.came <- struct{}{}
	return true
}

// calls reports whether the calling goroutine is within a function.
func calls(function string) bool {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.Function, function) {
			return true
		}
		if !more {
			return false
		}
	}
}

// awaitMoment makes the copy for the life's moment, if it is one of the night, or of the day.
func (w *world) awaitMoment(night bool) {
	if !w.wild || w.moment.within == "" || w.moment.night != night || w.daysBegun < 2 { // before, there is nobody
		return
	}
	w.asTheFaults(func() {
		if w.standby == nil {
			w.copyDatabase()
		}
		w.net.moment.begin(w.moment.within, w.random.Intn(statementsMax))
	})
}

// nightOver forgets the copy of before a night: what comes next changes the catalogue. What a promotion lost is taken
// again before that.
func (w *world) nightOver() (promoted bool) {
	w.asTheFaults(func() {
		w.net.moment.end()
		w.dropStandby()
		promoted = w.promoted
	})
	return promoted
}

// asTheFaults does something where the faults happen, which one goroutine makes, so that it meets none of them.
func (w *world) asTheFaults(do func()) {
	if w.asks == nil { // none happen
		do()
		return
	}
	done := make(chan struct{})
	w.asks <- func() {
		defer close(done)
		do()
	}
	<-done
}
