package feed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
)

func TestAPageIsReadOnceForAllAndEveryoneGetsItFromHerPlace(t *testing.T) {
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
		page, err := r.After(t.Context(), 1, at, limit)
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

func TestAStragglerReadsForItself(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	var all []feedtest.Entry
	for n := range 3_000 {
		all = append(all, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	j.Append(1, all...)
	r := NewReader(db.Store)
	page, err := r.After(t.Context(), 1, store.Place{Chain: []byte{}}, 3_000)
	require.NoError(t, err)
	require.Len(t, page, 3_000)
	require.Len(t, r.tail(1).entries, tailMax, "the end stays in memory, and no more")
	old, err := r.After(t.Context(), 1, store.Place{Position: 10}, 5)
	require.NoError(t, err)
	require.EqualValues(t, 11, old[0].Position)
	require.NotSame(t, page[10], old[0])
	require.EqualValues(t, 3_000, r.tail(1).entries[tailMax-1].Position, "the others' end is untouched")
}
