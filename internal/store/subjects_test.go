package store

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
)

func TestBillDue_EndsWhereTheBytesOfAPageAreFull(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	const night, limit = billing.Date(739_000), 10
	var w Write
	w.CatalogVersion = -1
	for _, stream := range []string{"a", "b", "c"} {
		w.Events = append(w.Events, event(stream, 1))
		w.Subjects = append(w.Subjects, Subject{Stream: stream, Version: 1, BillDue: night,
			State: bytes.Repeat([]byte("x"), billDueBytesMax*2/3)})
	}
	require.NoError(t, s.Write(t.Context(), c, w))

	page, err := s.BillDue(t.Context(), 1, night, 0, "", limit)
	require.NoError(t, err)
	require.Len(t, page, 2, "the one that fills the page is on it")
	require.False(t, LastBillDue(page, limit))
	page, err = s.BillDue(t.Context(), 1, night, night, "b", limit)
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Equal(t, "c", page[0].Stream)
	require.True(t, LastBillDue(page, limit))
	page, err = s.BillDue(t.Context(), 1, night, night, "c", limit)
	require.NoError(t, err)
	require.Empty(t, page)
	require.True(t, LastBillDue(page, limit))
}

func TestFirstDue_IsTheEarliestOfAllShardsWithoutTheParked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	stream, _, err := s.FirstDue(t.Context())
	require.NoError(t, err)
	require.Empty(t, stream, "time acts on none")
	due := func(shard ShardID, stream string, at time.Time, parked bool) {
		w := Write{CatalogVersion: -1, Events: []Event{event(stream, 1)}}
		w.Subjects = []Subject{{Stream: stream, Version: 1, NextDue: at, Parked: parked, State: []byte("x")}}
		require.NoError(t, s.Write(t.Context(), claimed(t, s, shard), w))
	}
	due(1, "employee/late", noon.AddDate(0, 1, 0), false)
	due(2, "employee/parked", noon, true)
	due(3, "employee/first", noon.Add(time.Hour), false)
	due(4, "employee/never", time.Time{}, false)
	stream, at, err := s.FirstDue(t.Context())
	require.NoError(t, err)
	require.Equal(t, "employee/first", stream)
	require.Equal(t, noon.Add(time.Hour), at)
}
