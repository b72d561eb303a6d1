package store

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
)

const night billing.Date = 739_000

// total is what a chunk billed for one document.
func total(ref string, lines int64, amount string, hash byte) Total {
	return Total{DocumentRef: ref, Ledger: "retail", BillTo: "customer/c", Currency: "DKK", Lines: lines,
		Amount: decimal.RequireFromString(amount), Hash: uuid.UUID{hash, 15: 1}}
}

func TestRun_IsWorkedThroughInChunksThatAddUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, shard := range []ShardID{1, 2} {
		c := claimed(t, s, shard)
		open := RunShard{Run: "run", BusinessDate: night, Manifest: []byte(`{"policy":1}`)}
		require.NoError(t, s.Write(t.Context(), c,
			Write{CatalogVersion: -1, OpenRuns: []RunShard{open, {Run: "later", BusinessDate: night + 1}}}))
		require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, OpenRuns: []RunShard{open}}), "opened twice")

		stream := []string{1: "employee/a", 2: "employee/b"}[shard]
		w := plain(c, 1, stream)
		w.Chunk = &Chunk{Run: "run", CursorDue: night - 5, CursorStream: stream, Examined: 3, Billed: 2, NotBilled: 1,
			Totals: []Total{total("2026-04/d1", 2, "10.50", 1), total("2026-04/d1", 1, "0.25", 2),
				total("2026-04/d2", 1, "-3", 4)},
			Reasons: []Reason{{Stream: stream, Reason: "held", Detail: "no price"}}}
		require.NoError(t, s.Write(t.Context(), c, w))
		require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Chunk: &Chunk{Run: "run", CursorDue: night,
			CursorStream: "z",
			Examined:     1, Billed: 1, Done: true, Totals: []Total{total("2026-04/d1", 1, "1", 8)}}}))
		open.Shard, open.State, open.CursorDue, open.CursorStream = shard, RunDone, night, "z"
		open.Examined, open.Billed, open.NotBilled, open.FirstPos, open.LastPos = 4, 3, 1, 1, 1
		all, err := s.RunShards(t.Context(), "run")
		require.NoError(t, err)
		require.Contains(t, all, open)
		left, err := s.OpenRunShards(t.Context(), shard)
		require.NoError(t, err)
		require.Len(t, left, 1)
		require.Equal(t, "later", left[0].Run)
		require.EqualValues(t, 0, left[0].CursorDue)
	}
	checkTotals(t, s)
	requireDense(t, s)
}

// checkTotals checks what two shards with the same chunks add up to.
func checkTotals(t *testing.T, s *Store) {
	t.Helper()
	of, err := s.CycleTotals(t.Context(), "2026-04", "", 10)
	require.NoError(t, err)
	require.Len(t, of, 2)
	require.Equal(t, "2026-04/d1", of[0].DocumentRef)
	require.EqualValues(t, 8, of[0].Lines)
	require.Equal(t, "23.50", of[0].Amount.StringFixed(2))
	require.Equal(t, uuid.Nil, of[0].Hash, "the same lines twice cancel out")
	after, err := s.CycleTotals(t.Context(), "2026-04", "2026-04/d1", 10)
	require.NoError(t, err)
	require.Equal(t, of[1:], after)
	other, err := s.CycleTotals(t.Context(), "2026-0", "", 10)
	require.NoError(t, err)
	require.Empty(t, other)

	per, err := s.RunTotals(t.Context(), "run")
	require.NoError(t, err)
	require.Len(t, per, 2)
	require.EqualValues(t, 1, per[0].Shard)
	require.EqualValues(t, 5, per[0].Lines)
	require.Equal(t, "8.75", per[0].Amount.String())
	require.Equal(t, uuid.UUID{1 ^ 2 ^ 4 ^ 8}, per[0].Hash)
	reasons, err := s.RunReasons(t.Context(), "run", 10)
	require.NoError(t, err)
	require.Equal(t, []Reason{{"employee/a", "held", "no price"}, {"employee/b", "held", "no price"}}, reasons)
}

func TestRuns_DueSubjectsComeInTheirOrderAndParkedOnesOnlyToRuns(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "a", "b", "c", "d")
	for i, due := range []int{3, 1, 2, 0} {
		w.Subjects[i].NextDue = noon.AddDate(0, 0, due)
		w.Subjects[i].BillDue = night + billing.Date(due/2)
	}
	w.Subjects[3].Parked = true
	require.NoError(t, s.Write(t.Context(), c, w))

	names := func(subjects []Subject, err error) (streams []string) {
		require.NoError(t, err)
		for _, subject := range subjects {
			streams = append(streams, subject.Stream)
		}
		return streams
	}
	require.Equal(t, []string{"b", "c"}, names(s.DueNow(t.Context(), 1, noon.AddDate(0, 0, 2), 10)))
	require.Equal(t, []string{"b"}, names(s.DueNow(t.Context(), 1, noon.AddDate(0, 0, 9), 1)))
	require.Empty(t, names(s.DueNow(t.Context(), 2, noon.AddDate(0, 0, 9), 10)))

	require.Equal(t, []string{"b", "d", "a", "c"}, names(s.BillDue(t.Context(), 1, night+1, 0, "", 10)))
	require.Equal(t, []string{"b", "d"}, names(s.BillDue(t.Context(), 1, night, 0, "", 10)))
	require.Equal(t, []string{"d", "a"}, names(s.BillDue(t.Context(), 1, night+1, night, "b", 2)))
	require.Equal(t, []string{"c"}, names(s.BillDue(t.Context(), 1, night+1, night+1, "a", 2)))
	require.Empty(t, names(s.BillDue(t.Context(), 1, night-1, 0, "", 10)))
}
