package feed

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tenure/events"
	"tenure/internal/store"
)

const (
	// tailMax bounds the events of a shard that stay in memory for the other subscribers, which are a page apart at most
	// when all keep up: with 32 shards and a kilobyte an event it is 64 MiB.
	tailMax = 2_048
)

// Entry is an event of the log, decoded at most once however many subscribers read it. It is never changed.
type Entry struct {
	store.Event
	once    sync.Once
	decoded events.Event
	err     error
}

// Decode returns the payload.
func (e *Entry) Decode() (events.Event, error) {
	e.once.Do(func() { e.decoded, e.err = events.Decode(e.Type, e.Payload) })
	return e.decoded, e.err
}

// Decoded is the event of an entry that Usable or Check found to be readable.
func (e *Entry) Decoded() events.Event { return e.decoded }

// Reader reads pages of the log for the subscribers of a process. Whoever reads the end of a shard first reads it for all.
type Reader struct {
	store *store.Store
	mu    sync.Mutex
	tails map[store.ShardID]*tail
}

// tail is the end of a shard's log as far as it was read, without a hole.
type tail struct {
	mu      sync.Mutex
	before  store.Place // of the first entry
	entries []*Entry
}

// NewReader returns a reader of a store.
func NewReader(s *store.Store) *Reader {
	return &Reader{store: s, tails: make(map[store.ShardID]*tail)}
}

// Store is where it reads.
func (r *Reader) Store() *store.Store { return r.store }

// After returns the events of a shard behind a place, in order and without a gap, at most limit. It may return fewer than there
// are; none means that there are none. The error is store.ErrLostHistory where the log does not continue the place: it was read
// before a part of the log was lost.
func (r *Reader) After(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]*Entry, error) {
	t := r.tail(shard)
	t.mu.Lock()
	if page, found := t.behind(after, limit); found {
		t.mu.Unlock()
		return page, nil
	}
	if len(t.entries) > 0 && after.Position < t.before.Position { // a straggler: the others do not wait for it
		t.mu.Unlock()
		return r.read(ctx, shard, after, limit)
	}
	defer t.mu.Unlock()
	page, err := r.read(ctx, shard, after, limit)
	if err != nil {
		return nil, err
	}
	t.append(after, page)
	return page, nil
}

// Drop removes from memory what was read of the shards of leases, on which a step failed: the log may have lost it.
func (r *Reader) Drop(leases []*store.Lease) {
	for _, lease := range leases {
		t := r.tail(lease.Shard)
		t.mu.Lock()
		t.entries = nil
		t.mu.Unlock()
	}
}

func (r *Reader) tail(shard store.ShardID) *tail {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.tails[shard]
	if t == nil {
		t = &tail{}
		r.tails[shard] = t
	}
	return t
}

// behind returns what is in memory behind a place, if any of it is. A place that is not the one in memory is of another history
// than what is there.
func (t *tail) behind(after store.Place, limit int) ([]*Entry, bool) {
	from := after.Position - t.before.Position
	if from < 0 || from >= int64(len(t.entries)) {
		return nil, false
	}
	own := t.before
	if from > 0 {
		own = t.entries[from-1].Place()
	}
	if after.Chain != nil && own.Chain != nil && !after.Equal(own) {
		t.entries = nil
		return nil, false
	}
	return t.entries[from:min(from+int64(limit), int64(len(t.entries)))], true
}

// append keeps a page that was read behind a place. What was handed out before stays as it is.
func (t *tail) append(after store.Place, page []*Entry) {
	if len(page) == 0 {
		return
	}
	if n := len(t.entries); n == 0 || !t.entries[n-1].Place().Equal(after) {
		t.before, t.entries = after, nil
	}
	t.entries = append(t.entries[:len(t.entries):len(t.entries)], page...)
	if extra := len(t.entries) - tailMax; extra > 0 {
		t.before, t.entries = t.entries[extra-1].Place(), slices.Clone(t.entries[extra:])
	}
}

func (r *Reader) read(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]*Entry, error) {
	found, err := r.store.EventsBehind(ctx, shard, after, limit)
	if err != nil {
		return nil, err
	}
	entries, page := make([]Entry, len(found)), make([]*Entry, len(found))
	for i := range found {
		if want := after.Position + 1 + int64(i); found[i].Position != want {
			return nil, &Stop{Shard: shard, Position: want, Reason: StopGap,
				Err: fmt.Errorf("the log continues at %d: tenure audit", found[i].Position)}
		}
		entries[i].Event = found[i]
		page[i] = &entries[i]
	}
	return page, nil
}

// knownTypes are the event types of this build.
var knownTypes = func() map[string]bool {
	known := make(map[string]bool)
	for _, name := range events.Types() {
		known[name] = true
	}
	return known
}()

// Usable returns the part of a page before the first event that this build cannot handle: one of an unknown type, or one that is
// wanted and does not decode. The error is a *Stop when that is the very first. Whatever a newer version writes, no reader of
// this one steps over it.
func Usable(page []*Entry, wanted func(eventType string) bool) ([]*Entry, error) {
	for i, e := range page {
		stop := e.Check(wanted)
		switch {
		case stop == nil:
		case i > 0:
			return page[:i], nil
		default:
			return nil, stop
		}
	}
	return page, nil
}

// Check reports an event that this build cannot handle, as a *Stop: one of an unknown type, or one that is wanted and does not
// decode.
func (e *Entry) Check(wanted func(eventType string) bool) error {
	if !knownTypes[e.Type] {
		return &Stop{Shard: e.Shard, Position: e.Position, Reason: StopUnknownType, Err: &events.UnknownTypeError{Type: e.Type}}
	}
	if wanted(e.Type) {
		if _, err := e.Decode(); err != nil {
			return &Stop{Shard: e.Shard, Position: e.Position, Reason: StopUndecodable, Err: err}
		}
	}
	return nil
}
