package store

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestWrite_IsReadBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 3)
	w := plain(c, 1, "employee/a", "employee/b")
	w.Subjects[0].NextDue = noon
	w.Subjects[0].BillDue = 739_000
	w.Subjects[1].Parked = true
	require.NoError(t, s.Write(t.Context(), c, w))

	events, err := s.Events(t.Context(), 3, 0, 10)
	require.NoError(t, err)
	require.Equal(t, w.Events, events)
	require.EqualValues(t, 1, events[0].Position)
	require.Len(t, events[0].Chain, 32)

	known, err := s.Read(t.Context(), Read{
		Shard:    3,
		Commands: []uuid.UUID{CommandKey("employee/a", "c1"), CommandKey("employee/a", "c2")},
		Streams:  []string{"employee/a", "employee/b", "employee/none"},
	})
	require.NoError(t, err)
	require.Equal(t, map[uuid.UUID]Outcome{w.Outcomes[0].Command: w.Outcomes[0]}, known.Outcomes)
	for i := range w.Subjects {
		w.Subjects[i].Shard, w.Subjects[i].Stored = 3, true // a read says whose they are
	}
	require.Equal(t, map[string]Subject{"employee/a": w.Subjects[0], "employee/b": w.Subjects[1]}, known.Subjects)

	again := claimed(t, s, 3)
	require.EqualValues(t, 2, again.Epoch)
	again.Epoch = c.Epoch
	require.Equal(t, c.Chain, again.Chain)
	require.Equal(t, c.NextOffset, again.NextOffset)
	require.Equal(t, c.Head, again.Head)
	require.Equal(t, c.OutcomesHead, again.OutcomesHead)
	require.Equal(t, c.DecidedAt, again.DecidedAt)
}
