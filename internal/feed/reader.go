package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"tenure/events"
	"tenure/internal/store"
)

const (
	// stepBytesMax bounds the payloads of one step of a loop, over its shards. Pages are bounded by bytes and not by
	// events only because an invoicing of 600 lines is a thousand times as large as a renaming: by events alone, the first
	// page of a run took two gigabytes. There are some seven subscribers, each with a step at a time, decoded and then
	// encoded again.
	stepBytesMax = 4 << 20
	// pageBytesMin is what each shard gets at least.
	pageBytesMin = 256 << 10
)

// pageBytes is the part of a step's bytes that belongs to its part of the events.
func pageBytes(limit int) int64 {
	return max(int64(stepBytesMax)*int64(min(limit, StepMax))/StepMax, pageBytesMin)
}

// Entry is an event of the log, decoded at most once however many subscribers read it. It is never changed.
type Entry struct {
	store.Event
	once    sync.Once
	decoded events.Event
	lines   [][]byte // the stored JSON of each invoice line
	err     error
}

// typeInvoiced is the only type that has lines.
var typeInvoiced = events.EmployeeInvoiced{}.EventType()

// Decode returns the payload.
func (e *Entry) Decode() (events.Event, error) {
	e.once.Do(func() {
		if e.Type == typeInvoiced {
			e.decoded, e.lines, e.err = events.DecodeInvoiced(e.Payload)
			return
		}
		e.decoded, e.err = events.Decode(e.Type, e.Payload)
	})
	return e.decoded, e.err
}

// Lines are the stored bytes of the invoice lines of a decoded entry, one for each: they are passed on as they are.
func (e *Entry) Lines() [][]byte { return e.lines }

// Decoded is the event of an entry that Usable or Check found to be readable.
func (e *Entry) Decoded() events.Event { return e.decoded }

// Reader reads pages of the log for the subscribers of a process. Whoever reads the end of a shard first reads it for
// all.
type Reader struct {
	store *store.Store
	mu    sync.Mutex // for what is in memory of all shards; nobody waits for the database under it
	tails map[store.ShardID]*tail
	pages []keptPage // of the tails, in the order in which they were read
	bytes int64      // of all tails' payloads
}

// NewReader returns a reader of a store.
func NewReader(s *store.Store) *Reader {
	return &Reader{store: s, tails: make(map[store.ShardID]*tail)}
}

// Store is where it reads.
func (r *Reader) Store() *store.Store { return r.store }

// After returns the events of a shard behind a place, in order, at most limit; a gap in the log is an error. It may
// return fewer than there are; none means that there are none. Events of types that are skipped may be left out, but
// for the last of the page, which may lack its payload: such a page is not kept for the other subscribers. The error is
// store.ErrLostHistory where the log does not continue the place: it was read before a part of the log was lost.
func (r *Reader) After(ctx context.Context, shard store.ShardID, after store.Place, limit int, skipped []string) (
	[]*Entry, error) {
	t := r.tail(shard)
	t.reading.Lock()
	page, straggler := r.kept(t, after, limit)
	if page != nil {
		t.reading.Unlock()
		return page, nil
	}
	if straggler { // the others do not wait for it
		t.reading.Unlock()
		return r.read(ctx, shard, after, limit, skipped)
	}
	defer t.reading.Unlock()
	page, err := r.read(ctx, shard, after, limit, skipped)
	if err != nil {
		return nil, err
	}
	if whole(after, page, skipped) {
		r.keep(t, after, page)
	}
	return page, nil
}

// Drop removes from memory what was read of the shards of leases, on which a step failed: the log may have lost it.
func (r *Reader) Drop(leases []*store.Lease) {
	for _, lease := range leases {
		t := r.tail(lease.Shard)
		t.reading.Lock()
		r.mu.Lock()
		r.empty(t)
		r.mu.Unlock()
		t.reading.Unlock()
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

// within is the beginning of a page until so many bytes are full.
func within(page []*Entry, bytes int64) []*Entry {
	for i, e := range page {
		if bytes <= 0 {
			return page[:i:i]
		}
		bytes -= int64(len(e.Payload))
	}
	return page
}

// whole reports whether a page that was read behind a place has every event up to its last one, with its payload.
func whole(after store.Place, page []*Entry, skipped []string) bool {
	n := len(page)
	return skipped == nil || n > 0 && page[n-1].Position == after.Position+int64(n) &&
		!slices.ContainsFunc(page, func(e *Entry) bool { return slices.Contains(skipped, e.Type) })
}

func (r *Reader) read(ctx context.Context, shard store.ShardID, after store.Place, limit int, skipped []string) (
	[]*Entry, error) {
	found, err := r.store.EventsBehind(ctx, shard, after, limit, pageBytes(limit), skipped)
	var gap *store.GapError
	if errors.As(err, &gap) {
		return nil, &Stop{Shard: shard, Position: gap.Position, Reason: StopGap,
			Err: fmt.Errorf("the log continues at %d: tenure audit", gap.Next)}
	}
	if err != nil {
		return nil, err
	}
	entries, page := make([]Entry, len(found)), make([]*Entry, len(found))
	for i := range found {
		entries[i].Event = found[i]
		page[i] = &entries[i]
	}
	return within(page, pageBytes(limit)), nil
}

// knownTypes are the event types that this build reads, those of older logs among them.
var knownTypes = func() map[string]bool {
	known := make(map[string]bool)
	for _, name := range events.Readable() {
		known[name] = true
	}
	return known
}()

// Usable returns the part of a page before the first event that this build cannot handle: one of an unknown type, or
// one that is wanted and does not decode. The error is a *Stop when that is the very first. Whatever a newer version
// writes, no reader of this one steps over it.
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

// Check reports an event that this build cannot handle, as a *Stop: one of an unknown type, or one that is wanted and
// does not decode.
func (e *Entry) Check(wanted func(eventType string) bool) error {
	if !knownTypes[e.Type] {
		return &Stop{Shard: e.Shard, Position: e.Position, Reason: StopUnknownType,
			Err: &events.UnknownTypeError{Type: e.Type}}
	}
	if wanted(e.Type) {
		if _, err := e.Decode(); err != nil {
			return &Stop{Shard: e.Shard, Position: e.Position, Reason: StopUndecodable, Err: err}
		}
	}
	return nil
}
