package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/internal/store"
)

// Caught returns when all named subscribers have taken everything that heads name: store.Heads at the moment of asking.
// With no heads it asks for them itself. The error is ErrStopped where one of them is stopped: it would wait for an
// operator. When ctx ends before, it is a *BehindError that says where they are.
func Caught(ctx context.Context, s *store.Store, heads map[store.ShardID]store.Head, subscribers ...string) error {
	w := catchingUp{store: s, heads: heads, subscribers: subscribers, asked: time.Now()}
	if err := poll(ctx, w.caught); err != nil {
		return fmt.Errorf("feed: catch up with %s: %w", strings.Join(subscribers, ", "), w.withPlaces(err))
	}
	return nil
}

// stoppedEvery is how often one who waits asks whether it waits in vain.
const stoppedEvery = time.Second

// catchingUp is one wait for subscribers.
type catchingUp struct {
	store       *store.Store
	heads       map[store.ShardID]store.Head
	subscribers []string
	asked       time.Time             // when the troubles were read
	troubles    []store.ReaderTrouble // of the subscribers
	last        []Progress
	read        bool // that there is a last reading
}

const sqlProgressOf = `
SELECT name, shard, position, head, outcomes_head, owner, leased, version
FROM reader_progress WHERE name = ANY($1::text[])`

func (w *catchingUp) caught(ctx context.Context) (bool, error) {
	if time.Since(w.asked) > stoppedEvery {
		if err := w.readTroubles(ctx); err != nil {
			return true, err
		}
	}
	if w.heads == nil {
		found, err := w.store.Heads(ctx)
		if err != nil {
			return false, err
		}
		w.heads = found
	}
	all, err := progress(ctx, w.store, sqlProgressOf, w.subscribers)
	if err != nil {
		return false, err
	}
	w.last, w.read = all, true
	return len(w.behind()) == 0, nil
}

// readTroubles notes the troubles of the subscribers; the error is ErrStopped where one is for good.
func (w *catchingUp) readTroubles(ctx context.Context) error {
	w.asked = time.Now()
	if all, err := Troubles(ctx, w.store); err == nil {
		w.troubles = slices.DeleteFunc(all, func(t store.ReaderTrouble) bool {
			return !slices.Contains(w.subscribers, t.Reader)
		})
	}
	return stopped(w.troubles)
}

// behind lists the places that are not caught up.
func (w *catchingUp) behind() (all []Progress) {
	at := make(map[place]int64, len(w.last))
	for _, p := range w.last {
		at[place{p.Subscriber, p.Shard}] = p.Position
	}
	for _, name := range w.subscribers {
		for shard, head := range w.heads {
			end := head.Head
			if name == OutcomesName {
				end = head.OutcomesHead
			}
			if p := at[place{name, shard}]; p < end {
				all = append(all, Progress{Subscriber: name, Shard: shard, Position: p, Head: end})
			}
		}
	}
	return all
}

// withPlaces adds to the end of a wait where the readers are that it was for.
func (w *catchingUp) withPlaces(cause error) error {
	if errors.Is(cause, ErrStopped) || !w.read {
		return cause
	}
	found := &BehindError{cause: cause}
	for _, p := range w.behind() {
		trouble := store.ReaderTrouble{Reader: p.Subscriber, Shard: int32(p.Shard),
			Why: fmt.Sprintf("at %d of %d", p.Position, p.Head)}
		i := slices.IndexFunc(w.troubles, func(t store.ReaderTrouble) bool {
			return t.Reader == trouble.Reader && t.Shard == trouble.Shard
		})
		if i >= 0 {
			trouble = w.troubles[i]
		}
		found.Behind = append(found.Behind, trouble)
	}
	slices.SortFunc(found.Behind, func(a, b store.ReaderTrouble) int {
		return cmp.Or(cmp.Compare(b.For, a.For), cmp.Compare(a.Reader, b.Reader), cmp.Compare(a.Shard, b.Shard))
	})
	return found
}

// BehindError says where the readers are that a wait was for that has ended.
type BehindError struct {
	Behind []store.ReaderTrouble // who is blocked for longest first
	cause  error
}

// placesMax is how many places an operator reads of at once: what is behind in one shard mostly is in all.
const placesMax = 3

// Places names the first readers and shards.
func (e *BehindError) Places() string {
	var all []string
	for _, t := range e.Behind {
		all = append(all, t.String())
	}
	if more := len(all) - placesMax; more > 0 {
		all = append(all[:placesMax], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, "; ")
}

// Error says why the wait has ended, and where the readers are.
func (e *BehindError) Error() string { return fmt.Sprintf("%v: %s", e.cause, e.Places()) }

// Unwrap is why the wait has ended.
func (e *BehindError) Unwrap() error { return e.cause }

// Blocked is for how long one of the readers has been blocked in a shard; 0: none is known to be.
func (e *BehindError) Blocked() time.Duration {
	if len(e.Behind) == 0 {
		return 0
	}
	return e.Behind[0].For
}
