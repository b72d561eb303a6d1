package feed

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
)

const (
	// tailMax bounds the events of a shard that stay in memory for the other subscribers, which are a page apart at most
	// when all keep up: with 32 shards and a kilobyte an event it is 64 MiB.
	tailMax = 2_048
)

// Entry is an event of the log, decoded at most once however many subscribers read it. It is not changed.
type Entry struct {
	store.Event
	items   *Items // nil: lines are shown without the names of their products
	once    sync.Once
	decoded events.Event
	err     error
}

// Decode gives the payload.
func (e *Entry) Decode() (events.Event, error) {
	e.once.Do(func() { e.decoded, e.err = events.Decode(e.Type, e.Payload) })
	return e.decoded, e.err
}

// Reader reads pages of the log for the subscribers of a process. Whoever reads the end of a shard first reads it for all.
type Reader struct {
	store *store.Store
	items *Items
	mu    sync.Mutex
	tails map[store.ShardID]*tail
}

// tail is the end of a shard's log as far as it was read, without a hole.
type tail struct {
	mu      sync.Mutex
	entries []*Entry
}

// NewReader reads from a store, with a catalogue of its own.
func NewReader(s *store.Store) *Reader { return NewSharedReader(s, catalog.New(s, nil)) }

// NewSharedReader reads from a store, and the names of products from the process's catalogue.
func NewSharedReader(s *store.Store, catalogs *catalog.Reader) *Reader {
	return &Reader{store: s, items: NewItems(s, catalogs), tails: make(map[store.ShardID]*tail)}
}

// Entry is an event that was read elsewhere, as this reader gives it.
func (r *Reader) Entry(e store.Event) *Entry { return &Entry{Event: e, items: r.items} }

// After gives the events of a shard behind a position, in order and without a gap, at most limit. It may give less than
// there are; none means that there are none.
func (r *Reader) After(ctx context.Context, shard store.ShardID, after int64, limit int) ([]*Entry, error) {
	t := r.tail(shard)
	t.mu.Lock()
	if page, found := t.behind(after, limit); found {
		t.mu.Unlock()
		return page, nil
	}
	if len(t.entries) > 0 && after < t.entries[0].Position-1 { // a straggler: the others do not wait for it
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

// behind gives what is in memory behind a position, if any of it is.
func (t *tail) behind(after int64, limit int) ([]*Entry, bool) {
	if len(t.entries) == 0 {
		return nil, false
	}
	from := after + 1 - t.entries[0].Position
	if from < 0 || from >= int64(len(t.entries)) {
		return nil, false
	}
	return t.entries[from:min(from+int64(limit), int64(len(t.entries)))], true
}

// append notes a page that was read behind a position. What was handed out before stays as it is.
func (t *tail) append(after int64, page []*Entry) {
	if len(page) == 0 {
		return
	}
	if n := len(t.entries); n == 0 || t.entries[n-1].Position != after {
		t.entries = nil
	}
	t.entries = append(t.entries[:len(t.entries):len(t.entries)], page...)
	if extra := len(t.entries) - tailMax; extra > 0 {
		t.entries = slices.Clone(t.entries[extra:])
	}
}

func (r *Reader) read(ctx context.Context, shard store.ShardID, after int64, limit int) ([]*Entry, error) {
	found, err := r.store.Events(ctx, shard, after, limit)
	if err != nil {
		return nil, err
	}
	entries, page := make([]Entry, len(found)), make([]*Entry, len(found))
	for i := range found {
		if want := after + 1 + int64(i); found[i].Position != want {
			return nil, &Stop{Shard: shard, Position: want, Reason: StopGap,
				Err: fmt.Errorf("the log goes on at %d: tenure audit", found[i].Position)}
		}
		entries[i].Event, entries[i].items = found[i], r.items
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

// usable gives the part of a page before the first event that this build cannot take: one of an unknown type, or one that is
// wanted and does not decode. A *Stop when that is the very first. Whatever a newer version writes, nobody of this one steps
// over it.
func usable(page []*Entry, wanted func(eventType string) bool) ([]*Entry, error) {
	for i, e := range page {
		stop := e.check(wanted)
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

func (e *Entry) check(wanted func(eventType string) bool) error {
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
