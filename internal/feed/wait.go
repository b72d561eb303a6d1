package feed

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

const (
	// watchFirst and watchMax are the pauses between two looks while a caller waits: a page is through in some 20 ms, and
	// a look is a query over some hundred rows.
	watchFirst = 4 * time.Millisecond
	watchMax   = 40 * time.Millisecond
)

// Watch lets any number of callers wait until subscribers have reached positions, with one query at a time for all of
// them and none while nobody waits. It asks the database, so the subscribers may run in other processes.
type Watch struct {
	store *store.Store

	mu      sync.Mutex
	waiting int
	looking bool
	eager   bool // another caller waits: look soon again
	reached map[place]int64
	stopped map[place]string // why readers are stopped
	asked   time.Time        // when that was read
	changed chan struct{}    // closed after each look
}

// place is one checkpoint.
type place struct {
	subscriber string
	shard      store.ShardID
}

// NewWatch watches the checkpoints in a database.
func NewWatch(s *store.Store) *Watch {
	return &Watch{store: s, reached: make(map[place]int64), changed: make(chan struct{})}
}

// WaitFor returns when a subscriber has taken a position of a shard, with the error of ctx when that ends first, or
// with ErrStopped where the subscriber is stopped there: it would wait for an operator.
func (w *Watch) WaitFor(ctx context.Context, subscriber string, shard store.ShardID, position int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting++
	defer func() { w.waiting-- }()
	w.eager = true
	for w.reached[place{subscriber, shard}] < position {
		if !w.looking {
			w.looking = true
			go w.look(context.WithoutCancel(ctx))
		}
		changed := w.changed
		w.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-changed:
		}
		w.mu.Lock()
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("feed: wait for %s at %d:%d: %w", subscriber, shard, position, err)
		}
		if why := w.stopped[place{subscriber, shard}]; why != "" && w.reached[place{subscriber, shard}] < position {
			return fmt.Errorf("feed: wait for %s at %d:%d: %w: %s", subscriber, shard, position, ErrStopped, why)
		}
	}
	return nil
}

// look reads the checkpoints again and again until nobody waits. The waiters bound their own time; an error means that
// they wait for the next look.
func (w *Watch) look(ctx context.Context) {
	for pause := watchFirst; ; pause = min(pause+pause/2, watchMax) {
		all, err := progress(ctx, w.store, sqlProgress)
		w.readStopped(ctx)
		w.mu.Lock()
		if err == nil {
			for _, p := range all {
				w.reached[place{p.Subscriber, p.Shard}] = p.Position
			}
		}
		close(w.changed)
		w.changed = make(chan struct{})
		if w.waiting == 0 {
			w.looking = false
			w.mu.Unlock()
			return
		}
		if w.eager {
			pause, w.eager = watchFirst, false
		}
		w.mu.Unlock()
		backoff.Sleep(ctx, pause)
	}
}

// readStopped notes once a second which readers are stopped. Only look calls it, one at a time.
func (w *Watch) readStopped(ctx context.Context) {
	if time.Since(w.asked) < stoppedEvery {
		return
	}
	w.asked = time.Now()
	all, err := Troubles(ctx, w.store)
	if err != nil {
		return // whoever waits bounds the time
	}
	found := make(map[place]string, len(all))
	for _, t := range all {
		if t.Final {
			found[place{t.Reader, store.ShardID(t.Shard)}] = t.Why
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = found
}
