package worker

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// turnsPerCore is how many shards of a process work at once for each core: while one waits for the database to commit,
	// another decides. More of them do not write faster. Each keeps a batch and its encoded rows in memory, and
	// PostgreSQL's processes get in each other's way: with 16 shards on two cores instead of four, a worker takes 100 MiB more and a
	// command costs a tenth more.
	turnsPerCore = 2
	// turnHoldMax ends a turn whose holder is not done: one who waits for a lock, or for a database in trouble, must not
	// keep the other shards waiting. A batch takes some tens of milliseconds.
	turnHoldMax = 500 * time.Millisecond
)

// turns bounds how much work is under way at once. It is a courtesy and no lock: nothing becomes wrong without it.
type turns struct {
	slots   chan struct{}
	holdMax time.Duration
}

// atWork is that of this process, because cores and memory are the process's.
var atWork = turns{slots: make(chan struct{}, turnsPerCore*runtime.GOMAXPROCS(0)), holdMax: turnHoldMax}

// take waits for a turn and returns what ends it; ending it again does nothing. When ctx ends first there is no turn, and
// what was to be done in it finds out by itself.
func (t turns) take(ctx context.Context) (end func()) {
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return func() {}
	}
	free := sync.OnceFunc(func() { <-t.slots })
	timer := time.AfterFunc(t.holdMax, free)
	return func() {
		timer.Stop()
		free()
	}
}
