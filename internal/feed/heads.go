package feed

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

const (
	// pollBusy is the pause between two polls while there is news: what a reader waits for on average is half of it.
	pollBusy = 15 * time.Millisecond
	// pollIdle is the longest pause. Each quiet poll makes the pause longer by half.
	pollIdle = 200 * time.Millisecond
	// pollHinted is the shortest pause: hints of a busy worker come for every batch, and small pages cost more than they
	// gain.
	pollHinted = 3 * time.Millisecond
	// rereadEvery is how often the shards' rows are read instead of the ends of what they have: for shards that are new,
	// whose first event nobody sees before.
	rereadEvery = pollIdle
)

// heads tells all subscribers of a process how far the shards are, by one query for all.
type heads struct {
	store    *store.Store
	hint     <-chan struct{}
	log      *slog.Logger
	observer Observer

	mu      sync.Mutex
	known   map[store.ShardID]store.Head
	of      store.Incarnation // that says so
	breaks  int64             // how often it was another one
	changed chan struct{}     // closed when known has changed
	reread  time.Time         // when the rows of all shards were read; only run touches it
}

func newHeads(s *store.Store, hint <-chan struct{}, log *slog.Logger, o Observer) *heads {
	return &heads{store: s, hint: hint, log: log, observer: o, changed: make(chan struct{})}
}

// now gives what is known, and a channel that is closed when there is more. The map is not changed any more.
func (h *heads) now() (map[store.ShardID]store.Head, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.known, h.changed
}

// interruptions counts how often another database has answered than before, up to what is known now.
func (h *heads) interruptions() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.breaks
}

// run polls until ctx ends.
func (h *heads) run(ctx context.Context) {
	pause, failures := pollBusy, 0
	for ctx.Err() == nil {
		news, err := h.poll(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			failures++
			pause = pauses.Pause(failures)
			h.observer.Retried("feed-heads")
			h.log.Warn("feed: waiting to look for news again", "error", err, "pause", pause)
		case news:
			pause, failures = pollBusy, 0
		default:
			pause, failures = min(pause+pause/2, pollIdle), 0
		}
		h.observer.Beat("feed", time.Now())
		if h.wait(ctx, pause) {
			pause = pollBusy
		}
	}
}

// wait waits for a hint, but not less than pollHinted, or for the pause. It reports whether there was a hint.
func (h *heads) wait(ctx context.Context, pause time.Duration) (hinted bool) {
	began := time.Now()
	if !backoff.Sleep(ctx, min(pause, pollHinted)) {
		return false
	}
	timer := time.NewTimer(pause - time.Since(began))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-h.hint:
		return true
	case <-timer.C:
		return false
	}
}

// read reads how far the shards are: mostly from the ends of the log, which costs the same however often a shard was
// written during a long snapshot. Which database answers is asked behind that: another one may have come between, and
// then what is known counts as that one's.
func (h *heads) read(ctx context.Context) (found map[store.ShardID]store.Head, of store.Incarnation, err error) {
	known, _ := h.now()
	if len(known) == 0 || time.Since(h.reread) >= rereadEvery {
		h.reread = time.Now()
		if found, err = h.store.Heads(ctx); err != nil {
			return nil, "", err
		}
		of, err = h.store.Incarnation(ctx)
		return found, of, err
	}
	ends, of, err := h.store.Ends(ctx, slices.Collect(maps.Keys(known)))
	if err != nil {
		return nil, "", err
	}
	found = make(map[store.ShardID]store.Head, len(ends))
	for _, end := range ends {
		head := known[end.Shard]
		head.Head = end.Head
		if end.Outcomes > 0 {
			head.OutcomesHead = end.Outcomes
		}
		found[end.Shard] = head
	}
	return found, of, nil
}

func (h *heads) poll(ctx context.Context) (news bool, err error) {
	found, of, err := h.read(ctx)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if news = len(found) != len(h.known); h.of != of {
		h.of, news = of, true
		h.breaks++
	}
	for id, head := range found {
		news = news || head.Head != h.known[id].Head || head.OutcomesHead != h.known[id].OutcomesHead
	}
	if news {
		h.known = found
		close(h.changed)
		h.changed = make(chan struct{})
	}
	return news, nil
}
