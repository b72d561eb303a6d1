package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// opened claims a shard in which a run is open.
func opened(t *testing.T, s *Store, shard ShardID) *Claim {
	t.Helper()
	c := claimed(t, s, shard)
	open := RunShard{Run: "run", BusinessDate: night, Manifest: []byte(`{"policy":1}`)}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, OpenRuns: []RunShard{open}}))
	return c
}

// halt stops a scope, or lets it go on.
func halt(t *testing.T, s *Store, c *Claim, scope string, lifted bool) {
	t.Helper()
	h := Halt{Scope: scope, Reason: "look", At: noon, Lifted: lifted}
	require.NoError(t, s.Write(t.Context(), c, Write{CatalogVersion: -1, Halts: []Halt{h}}))
}

func TestHalts_WhatIsHaltedIsRefusedInItsOwnTransaction(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c, other := opened(t, s, 1), claimed(t, s, 2048)
	chunk := func(stream string) Write {
		w := plain(c, 1, stream)
		w.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: stream, Examined: 1, Billed: 1}
		return w
	}
	require.NoError(t, s.Write(t.Context(), c, chunk("employee/a")))
	halt(t, s, other, ScopeInvoicing, false)
	known, err := s.Read(t.Context(), Read{})
	require.NoError(t, err)
	require.True(t, known.InvoicingHalted)
	require.False(t, known.DeletionsHalted)
	before := *c
	require.ErrorIs(t, s.Write(t.Context(), c, chunk("employee/b")), ErrHalted)
	require.Equal(t, before, *c, "nothing was written, and the claim is as it was")
	deletes := plain(c, 1, "employee/c")
	deletes.Deletes = true
	require.NoError(t, s.Write(t.Context(), c, deletes), "deletions go on")
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/d")), "and so do commands")

	halt(t, s, other, ScopeDeletions, false)
	halts, err := s.Halts(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Halt{{Scope: ScopeDeletions, Reason: "look", At: noon},
		{Scope: ScopeInvoicing, Reason: "look", At: noon}}, halts)
	deletes = plain(c, 2, "employee/c")
	deletes.Deletes = true
	require.ErrorIs(t, s.Write(t.Context(), c, deletes), ErrHalted)
	halt(t, s, other, ScopeInvoicing, true)
	halt(t, s, other, ScopeDeletions, true)
	halt(t, s, other, ScopeDeletions, true) // lifted twice
	require.NoError(t, s.Write(t.Context(), c, chunk("employee/b")))
	require.NoError(t, s.Write(t.Context(), c, deletes))
	requireDense(t, s)
}

func TestHalts_AnAbandonedRunIsNotOpenAnywhere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c, later, other := opened(t, s, 1), claimed(t, s, 2), claimed(t, s, 2048)
	claimed(t, s, 3)
	abandoned := AbandonedRun{Run: "run", BusinessDate: night, Manifest: []byte(`{"policy":1}`), Shards: []int32{1, 2, 3}}
	require.NoError(t, s.Write(t.Context(), other, Write{CatalogVersion: -1, Abandoned: []AbandonedRun{abandoned}}))
	all, err := s.RunShards(t.Context(), "run")
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, r := range all {
		require.Equal(t, RunAbandoned, r.State)
		require.Equal(t, night, r.BusinessDate)
	}
	open := RunShard{Run: "run", BusinessDate: night, Manifest: []byte(`{"policy":1}`)}
	require.NoError(t, s.Write(t.Context(), later, Write{CatalogVersion: -1, OpenRuns: []RunShard{open}}),
		"who opens it late finds it closed")
	for _, shard := range []ShardID{1, 2} {
		left, err := s.OpenRunShards(t.Context(), shard)
		require.NoError(t, err)
		require.Empty(t, left)
	}
	w := plain(c, 1, "employee/a")
	w.Chunk = &Chunk{Run: "run", CursorDue: night, CursorStream: "employee/a", Examined: 1, Billed: 1}
	var conflict *ConflictError
	require.ErrorAs(t, s.Write(t.Context(), c, w), &conflict)
	require.Equal(t, ConstraintRunOpen, conflict.Constraint)
	requireDense(t, s)
}

func TestHalts_ThoseWhoStayDueArePassedOnceInALook(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "a", "b", "c", "d", "e")
	for i, due := range []int{2, 1, 1, 1, 9} {
		w.Subjects[i].NextDue = noon.AddDate(0, 0, due)
	}
	w.Subjects[3].Parked = true
	require.NoError(t, s.Write(t.Context(), c, w))
	var seen []string
	var after time.Time
	stream := ""
	for range 5 {
		page, err := s.DueAfter(t.Context(), 1, noon.AddDate(0, 0, 2), after, stream, 1)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		seen = append(seen, page[0].Stream)
		after, stream = page[0].NextDue, page[0].Stream
	}
	require.Equal(t, []string{"b", "c", "a"}, seen)
}

func TestHalts_WhoHasChangedSinceAPosition(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b", "product/p")))
	mark := c.Head
	w := plain(c, 2, "employee/a", "employee/b", "product/p")
	w.Events[1].Type = "employee.presence_changed.v1"
	require.NoError(t, s.Write(t.Context(), c, w))
	require.NoError(t, s.Write(t.Context(), c, plain(c, 3, "employee/a")))
	billed := plain(c, 3, "employee/b")
	billed.Events[0].RunID = "run"
	require.NoError(t, s.Write(t.Context(), c, billed))

	n, err := s.CountChanged(t.Context(), 1, mark)
	require.NoError(t, err)
	require.EqualValues(t, 1, n, "one who changed twice; neither a status, nor a run, nor a product counts")
	who, err := s.Changed(t.Context(), 1, mark, c.Head, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"employee/a"}, who)
	who, err = s.Changed(t.Context(), 1, 0, mark, 1)
	require.NoError(t, err)
	require.Len(t, who, 1, "as many as are asked for")
	n, err = s.CountChanged(t.Context(), 1, c.Head)
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestHalts_ThePolicyOfTheWorkersIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	policy, err := s.Policy(t.Context())
	require.NoError(t, err)
	require.Nil(t, policy)
	for _, told := range []string{`{"scale":2}`, `{"scale":2}`, `{"scale":3}`} {
		require.NoError(t, s.KeepPolicy(t.Context(), []byte(told)))
		policy, err = s.Policy(t.Context())
		require.NoError(t, err)
		require.Equal(t, told, string(policy))
	}
}

func TestHalts_ACommandThatIsParkedSaysWhy(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := Write{CatalogVersion: -1, Parked: []Parked{{Topic: "employee.commands", Offset: 3, Shard: 1, Stream: "run/r",
		CommandID: "c1",
		Reason:    "broken", Detail: "panic", Headers: []byte("[]"), At: noon, State: StateParked}}}
	require.NoError(t, s.Write(t.Context(), c, w))
	reason, detail, parked, err := s.ParkedCommand(t.Context(), "run/r", "c1")
	require.NoError(t, err)
	require.True(t, parked)
	require.Equal(t, "broken panic", reason+" "+detail)
	_, _, parked, err = s.ParkedCommand(t.Context(), "run/r", "c2")
	require.NoError(t, err)
	require.False(t, parked)
}

func TestHalts_SubjectsBeforeOneOfThemComeBackwards(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "run/nightly/1", "run/nightly/2", "run/nightly/3",
		"run/weekly/1")))
	before := func(stream string, limit int) (found []string) {
		rows, err := s.SubjectsBefore(t.Context(), "run/nightly/", stream, limit)
		require.NoError(t, err)
		for _, row := range rows {
			found = append(found, row.Stream)
		}
		return found
	}
	require.Equal(t, []string{"run/nightly/2", "run/nightly/1"}, before("run/nightly/3", 10))
	require.Equal(t, []string{"run/nightly/3"}, before("run/nightly/"+lastRune, 1))
}
