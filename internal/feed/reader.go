package feed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"tenure/events"
	"tenure/internal/store"
)

const (
	// tailsBytesMax bounds the payloads that stay in memory, over all shards of the process, for the other subscribers,
	// which are a page apart at most when all keep up. Decoded, an event weighs some four times its payload: 64 MiB in
	// all.
	tailsBytesMax = 16 << 20
	// tailBytesMin is what each shard may keep at least, however many there are.
	tailBytesMin = 128 << 10
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
	mu    sync.Mutex
	tails map[store.ShardID]*tail
}

// tail is the end of a shard's log as far as it was read, without a hole.
type tail struct {
	mu      sync.Mutex
	before  store.Place // of the first entry
	entries []*Entry
	bytes   int64 // of the entries' payloads
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
	t.mu.Lock()
	if page, found := t.behind(after, limit); found {
		t.mu.Unlock()
		return page, nil
	}
	if len(t.entries) > 0 && after.Position < t.before.Position { // a straggler: the others do not wait for it
		t.mu.Unlock()
		return r.read(ctx, shard, after, limit, skipped)
	}
	defer t.mu.Unlock()
	page, err := r.read(ctx, shard, after, limit, skipped)
	if err != nil {
		return nil, err
	}
	if whole(after, page, skipped) {
		t.append(after, page, r.tailBytes())
	}
	return page, nil
}

// Drop removes from memory what was read of the shards of leases, on which a step failed: the log may have lost it.
func (r *Reader) Drop(leases []*store.Lease) {
	for _, lease := range leases {
		t := r.tail(lease.Shard)
		t.mu.Lock()
		t.entries, t.bytes = nil, 0
		t.mu.Unlock()
	}
}

func (r *Reader) tail(shard store.ShardID) *tail {
	r.mu.Lock()
	t, known := r.tails[shard]
	if !known {
		t = &tail{}
		r.tails[shard] = t
	}
	others := slices.Collect(maps.Values(r.tails))
	r.mu.Unlock()
	if !known {
		trimAll(others, r.tailBytes())
	}
	return t
}

// trimAll makes room for one more shard in what the others keep: those of which nothing is read any more would keep
// their former share. A tail that is being read is trimmed when the page is kept.
func trimAll(tails []*tail, most int64) {
	for _, t := range tails {
		if t.mu.TryLock() {
			t.trim(most)
			t.mu.Unlock()
		}
	}
}

// behind returns what is in memory behind a place, if any of it is. A place that is not the one in memory is of another
// history than what is there.
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
		t.entries, t.bytes = nil, 0
		return nil, false
	}
	return within(t.entries[from:min(from+int64(limit), int64(len(t.entries)))], pageBytes(limit)), true
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

// append keeps a page that was read behind a place, and of what was there as much as fits. What was handed out before
// stays as it is.
func (t *tail) append(after store.Place, page []*Entry, most int64) {
	if len(page) == 0 {
		return
	}
	if n := len(t.entries); n == 0 || !t.entries[n-1].Place().Equal(after) {
		t.before, t.entries, t.bytes = after, nil, 0
	}
	t.entries = append(t.entries[:len(t.entries):len(t.entries)], page...)
	for _, e := range page {
		t.bytes += int64(len(e.Payload))
	}
	t.trim(most)
}

// trim lets go of the oldest entries, so that what is kept fits.
func (t *tail) trim(most int64) {
	extra := 0
	for ; t.bytes > most && extra < len(t.entries)-1; extra++ {
		t.bytes -= int64(len(t.entries[extra].Payload))
	}
	if extra > 0 {
		t.before, t.entries = t.entries[extra-1].Place(), slices.Clone(t.entries[extra:])
	}
}

// tailBytes is what a shard may keep in memory.
func (r *Reader) tailBytes() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(tailsBytesMax/int64(max(len(r.tails), 1)), tailBytesMin)
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
