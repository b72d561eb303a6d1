package store

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestLineIDs_AreThoseOfARunInADocument(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	claimed(t, s, 1)
	a, b, other := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3}
	const insert = `
INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
VALUES ($1::text, 1, $2::bigint, $3::text, 1, 1, $4::uuid[])`
	for position, row := range []struct {
		ref, run string
		ids      []uuid.UUID
	}{{"d", "r", []uuid.UUID{b}}, {"d", "r", []uuid.UUID{a}}, {"d", "later", []uuid.UUID{other}},
		{"e", "r", []uuid.UUID{other}}} {
		_, err := s.pool.Exec(t.Context(), insert, row.ref, int64(position), row.run, row.ids)
		require.NoError(t, err)
	}
	found, err := s.LineIDs(t.Context(), "r", "d", 10)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{a, b}, found)
	lines, hash, err := s.BookedTotal(t.Context(), "r", "d")
	require.NoError(t, err)
	require.Zero(t, lines, "no run has totals here")
	require.Equal(t, uuid.Nil, hash)
}

func TestInvoicedOf_FindsADocumentInTheLogOfARun(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c,
		Write{CatalogVersion: -1, OpenRuns: []RunShard{{Run: "run", BusinessDate: night, Manifest: []byte("{}")}}}))
	before := plain(c, 1, "employee/a")
	require.NoError(t, s.Write(t.Context(), c, before))
	w := plain(c, 1, "employee/b", "employee/c", "employee/d")
	for i, payload := range []string{`{"documentRef":"d"}`, `{"documentRef":"e"}`, `{"documentRef":"d"}`} {
		w.Events[i].Type, w.Events[i].RunID, w.Events[i].Payload = "employee.invoiced.v1", "run", []byte(payload)
	}
	w.Events[2].RunID = "" // an operator's
	w.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: "employee/d", Examined: 3, Billed: 3,
		Totals: []Total{total("d", 1, "1", 1), total("e", 1, "1", 2)}}
	require.NoError(t, s.Write(t.Context(), c, w))

	spans, err := s.BookedSpans(t.Context(), "run", "d")
	require.NoError(t, err)
	require.Equal(t, []Span{{Shard: 1, First: 2, Last: 4}}, spans)
	found, err := s.InvoicedOf(t.Context(), "run", "d", spans[0])
	require.NoError(t, err)
	require.Equal(t, [][]byte{w.Events[0].Payload}, found)
	none, err := s.BookedSpans(t.Context(), "run", "f")
	require.NoError(t, err)
	require.Empty(t, none)
}
