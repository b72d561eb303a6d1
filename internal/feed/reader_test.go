package feed

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

func TestReader_APageIsReadOnceForAllAndEveryoneGetsItFromItsPlace(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	write := func(from, to int) {
		for n := from; n < to; n++ {
			j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
		}
	}
	r := NewReader(db.Store)
	after := func(position int64, limit int) []*Entry {
		at := store.Place{Position: position, Chain: []byte{}}
		if position > 0 {
			before, err := db.Events(t.Context(), 1, position-1, 1)
			require.NoError(t, err)
			at = before[0].Place()
		}
		page, err := r.After(t.Context(), 1, at, limit, nil)
		require.NoError(t, err)
		for i, e := range page {
			require.Equal(t, position+1+int64(i), e.Position)
		}
		return page
	}
	require.Empty(t, after(0, 10), "an empty log")
	write(0, 10)
	first := after(0, 6)
	require.Len(t, first, 6)
	require.Same(t, first[3], after(3, 10)[0], "the same entry, decoded once")
	require.Len(t, after(3, 10), 3, "what was read; the next page brings the rest")
	require.Len(t, after(6, 10), 4)
	require.Len(t, after(2, 100), 8, "pages join")
	require.Empty(t, after(10, 10))
	write(10, 12)
	require.Len(t, after(10, 10), 2)
	require.Same(t, first[0], after(0, 1)[0])
}

// fatEntries are employees who are invoiced many lines at once; each has some 70 KiB.
func fatEntries(n int) (all []feedtest.Entry) {
	const lines = 200
	for i := range n {
		e := feedtest.Invoiced(i, "2026-04")
		one := e.Lines[0]
		e.Lines = nil
		for j := range lines {
			one.ID = uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d/%d", i, j))
			e.Lines = append(e.Lines, one)
		}
		all = append(all, feedtest.Of(feedtest.Employee(i), e)...)
	}
	return all
}

func bytesOf(entries []*Entry) (n int64) {
	for _, e := range entries {
		n += int64(len(e.Payload))
	}
	return n
}

// Stronger than: the heap is noted when a night of employees with many lines is read and nothing is left to do. What a
// page and the end of a shard's log weigh is bounded in bytes, with ten times as many lines an employee.
func TestReader_BoundsPagesAndTailsInBytes(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	const eventsMax = 400
	for shard := range store.ShardID(2) {
		for range 4 {
			j.Append(shard, fatEntries(eventsMax/4)...)
		}
	}
	r := NewReader(db.Store)
	for shard := range store.ShardID(2) {
		read, at := 0, store.Place{Chain: []byte{}}
		for read < eventsMax {
			page, err := r.After(t.Context(), shard, at, StepMax, nil)
			require.NoError(t, err)
			require.NotEmpty(t, page)
			largest := bytesOf(page[:1])
			require.LessOrEqual(t, bytesOf(page), int64(stepBytesMax)+largest, "a page ends where its bytes are full")
			require.Greater(t, bytesOf(page), int64(stepBytesMax/4), "and not much before, while there are more")
			read, at = read+len(page), page[len(page)-1].Place()
			if read > eventsMax-60 {
				break // the last page has what is left
			}
		}
		kept := r.tail(shard)
		require.Equal(t, bytesOf(kept.entries), kept.bytes)
		require.LessOrEqual(t, kept.bytes, int64(tailsBytesMax))
	}
}

// Stronger than: what the ends of sixteen shards weigh in memory is noted after a night that a feed has read. Here they
// are read one after the other, so that the first ones have had the memory for themselves; the sum is bounded.
func TestReader_BoundsTheTailsOfAllShardsTogether(t *testing.T) {
	t.Parallel()
	const shards, each = 16, 40
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	r := NewReader(db.Store)
	for shard := range store.ShardID(shards) {
		j.Append(shard, fatEntries(each)...)
		for at := (store.Place{Chain: []byte{}}); at.Position < each; {
			page, err := r.After(t.Context(), shard, at, StepMax, nil)
			require.NoError(t, err)
			require.NotEmpty(t, page)
			at = page[len(page)-1].Place()
		}
	}
	var kept int64
	for shard := range store.ShardID(shards) {
		require.Equal(t, bytesOf(r.tail(shard).entries), r.tail(shard).bytes)
		kept += r.tail(shard).bytes
	}
	require.LessOrEqual(t, kept, int64(tailsBytesMax))
	require.Greater(t, kept, int64(tailsBytesMax-stepBytesMax), "what there is room for")
	require.Len(t, r.tail(shards-1).entries, each, "the shard that was read last is there")
}

func TestReader_ServesAStragglerFromTheLog(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	var all []feedtest.Entry
	for n := range 3_000 {
		all = append(all, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	j.Append(1, all...)
	r := NewReader(db.Store)
	page, err := r.After(t.Context(), 1, store.Place{Chain: []byte{}}, 3_000, nil)
	require.NoError(t, err)
	require.Len(t, page, 3_000)
	kept := r.tail(1)
	r.mu.Lock()
	kept.before, kept.entries = page[999].Place(), page[1_000:] // the others are a page ahead
	r.mu.Unlock()
	old, err := r.After(t.Context(), 1, store.Place{Position: 10}, 5, nil)
	require.NoError(t, err)
	require.EqualValues(t, 11, old[0].Position)
	require.NotSame(t, page[10], old[0])
	require.EqualValues(t, 3_000, kept.entries[len(kept.entries)-1].Position, "the others' end is untouched")
}

func TestReader_LeavesEventsThatAreSteppedOverInTheLog(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	j.Append(1, fatEntries(100)...)
	j.Append(1, feedtest.Of(feedtest.Employee(2), feedtest.Created(2))...)
	j.Append(1, fatEntries(3)...)
	r := NewReader(db.Store)
	created := events.EmployeeCreated{}.EventType()
	others := slices.DeleteFunc(events.Readable(), func(name string) bool { return name == created })
	page, err := r.After(t.Context(), 1, store.Place{Chain: []byte{}}, StepMax, others)
	require.NoError(t, err)
	require.Len(t, page, 3, "what is stepped over fills no page, and only its end comes")
	for i, position := range []int64{1, 102, 105} {
		require.Equal(t, position, page[i].Position)
		require.Equal(t, page[i].Type == created, len(page[i].Payload) > 0, page[i].Type)
	}
	whole, err := r.After(t.Context(), 1, page[0].Place(), 1, nil)
	require.NoError(t, err)
	require.EqualValues(t, 2, whole[0].Position, "a page with holes is nobody else's")
	require.NotEmpty(t, whole[0].Payload)
	again, err := r.After(t.Context(), 1, page[0].Place(), 1, others)
	require.NoError(t, err)
	require.Same(t, whole[0], again[0], "one without is")
}

func TestReader_SeesAHoleAmongEventsThatAreSteppedOver(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	feedtest.NewJournal(t, db.Store).Append(1, fatEntries(9)...)
	db.Exec("DELETE FROM events WHERE shard = 1 AND pos = 4")
	_, err := NewReader(db.Store).After(t.Context(), 1, store.Place{}, StepMax, events.Readable())
	var stop *Stop
	require.ErrorAs(t, err, &stop)
	require.Equal(t, StopGap, stop.Reason)
	require.EqualValues(t, 4, stop.Position)
}

func TestEntry_KnowsTheEventsOfOlderLogs(t *testing.T) {
	t.Parallel()
	for _, name := range events.Readable() {
		e := &Entry{Event: store.Event{Type: name}}
		require.NoError(t, e.Check(func(string) bool { return false }), name)
	}
	require.Contains(t, events.Readable(), "employee.extension_assigned.v1")
}
