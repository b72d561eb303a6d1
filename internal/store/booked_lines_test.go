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
