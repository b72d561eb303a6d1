package feed

import (
	"slices"
	"sync"

	"tenure/internal/store"
)

const (
	// tailsBytesMax bounds the payloads that stay in memory, over all shards of the process, for the other subscribers,
	// which are a page apart at most when all keep up. Decoded, an event weighs some four times its payload: 48 MiB in
	// all. The shards share it by what is read of them, and not in equal parts: most of a process's shards are quiet, and
	// in a night a shard comes with 2 MB at once. In equal parts that were a sixth of what the relay and the read model of
	// lines are apart, and each of them read and decoded four events of five by itself.
	tailsBytesMax = 12 << 20
	// tailEventsMax bounds the events of a shard among them, of which each page that comes copies the list.
	tailEventsMax = 2_048
)

// tail is the end of a shard's log as far as it was read, without a hole.
type tail struct {
	reading sync.Mutex  // by who reads on from its end; the others wait for what it brings
	before  store.Place // of the first entry
	entries []*Entry
	bytes   int64 // of the entries' payloads
}

// keptPage is a page that a tail took.
type keptPage struct {
	tail *tail
	last int64 // position
}

// kept returns what is in memory behind a place; straggler reports that what is there begins after it.
func (r *Reader) kept(t *tail, after store.Place, limit int) (page []*Entry, straggler bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	page = r.behind(t, after, limit)
	return page, len(t.entries) > 0 && after.Position < t.before.Position
}

// behind returns what is in memory behind a place, if any of it is. A place that is not the one in memory is of another
// history than what is there.
func (r *Reader) behind(t *tail, after store.Place, limit int) []*Entry {
	from := after.Position - t.before.Position
	if from < 0 || from >= int64(len(t.entries)) {
		return nil
	}
	own := t.before
	if from > 0 {
		own = t.entries[from-1].Place()
	}
	if after.Chain != nil && own.Chain != nil && !after.Equal(own) {
		r.empty(t)
		return nil
	}
	return within(t.entries[from:min(from+int64(limit), int64(len(t.entries)))], pageBytes(limit))
}

// keep keeps a page that was read behind a place, and of what was there as much as fits. What was handed out before
// stays as it is.
func (r *Reader) keep(t *tail, after store.Place, page []*Entry) {
	if len(page) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(t.entries); n == 0 || !t.entries[n-1].Place().Equal(after) {
		r.empty(t)
		t.before = after
	}
	t.entries = append(t.entries[:len(t.entries):len(t.entries)], page...)
	r.count(t, bytesIn(page))
	last := page[len(page)-1].Position
	r.letGo(t, last-tailEventsMax)
	r.pages = append(r.pages, keptPage{t, last})
	for r.bytes > tailsBytesMax && len(r.pages) > 1 { // the pages that were read longest ago; the newest stays
		r.letGo(r.pages[0].tail, r.pages[0].last)
		r.pages = r.pages[1:]
	}
}

// letGo removes what a tail has up to a position.
func (r *Reader) letGo(t *tail, last int64) {
	n := min(last-t.before.Position, int64(len(t.entries)))
	if n <= 0 {
		return
	}
	r.count(t, -bytesIn(t.entries[:n]))
	t.before, t.entries = t.entries[n-1].Place(), slices.Clone(t.entries[n:])
}

// empty removes all that a tail has.
func (r *Reader) empty(t *tail) {
	r.count(t, -t.bytes)
	t.entries = nil
}

func (r *Reader) count(t *tail, bytes int64) {
	t.bytes += bytes
	r.bytes += bytes
}

// bytesIn is the size of the payloads of a page.
func bytesIn(page []*Entry) (n int64) {
	for _, e := range page {
		n += int64(len(e.Payload))
	}
	return n
}
