package store

import (
	"bytes"
	"testing"

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
