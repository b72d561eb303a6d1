package worker

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// shardsPerCore is how many shards of a process work at once for each core: while one waits for the database to
	// commit, another decides. More of them do not write faster. Each keeps a batch and its encoded rows in memory, and
	// PostgreSQL's processes compete: with 16 shards on two cores instead of four, a worker takes 100 MiB more and a
	// command costs a tenth more.
	shardsPerCore = 2
	// holdMax frees the slot of a shard that is not done: one that waits for a lock, or for a database in trouble, must
	// not keep the others waiting. A batch takes some tens of milliseconds.
	holdMax = 500 * time.Millisecond
)

// limiter bounds how many shards work at once. It is a courtesy and no lock: nothing becomes wrong without it.
type limiter struct {
	slots   chan struct{}
	holdMax time.Duration
}

// acquire waits for a slot of the process, because cores and memory are the process's: it has one worker.
func (w *Worker) acquire(ctx context.Context) (release func()) {
	w.limiterOnce.Do(func() {
		w.limiter = limiter{slots: make(chan struct{}, shardsPerCore*runtime.GOMAXPROCS(0)), holdMax: holdMax}
	})
	return w.limiter.acquire(ctx)
}

// acquire waits for a slot and returns what frees it; calling that again does nothing. When ctx ends first there is no
// slot, and what was to be done in it finds the end of ctx on its own.
func (l limiter) acquire(ctx context.Context) (release func()) {
	select {
	case l.slots <- struct{}{}:
	case <-ctx.Done():
		return func() {}
	}
	free := sync.OnceFunc(func() { <-l.slots })
	timer := time.AfterFunc(l.holdMax, free)
	return func() {
		timer.Stop()
		free()
	}
}
