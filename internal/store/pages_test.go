package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParkedSome_CountsByReason(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a")
	w.Parked = []Parked{
		{Topic: "employee.commands", Offset: 4, Reason: "broken", Stream: "employee/b", Holds: true, At: noon},
		{Topic: "employee.commands", Offset: 5, Reason: "queued", Stream: "employee/b", Holds: true, At: noon},
		{Topic: "employee.commands", Offset: 6, Reason: "queued", Stream: "employee/b", Holds: true, At: noon},
		{Topic: "employee.commands", Offset: 7, Reason: "not_json", At: noon, State: StateDiscarded},
	}
	require.NoError(t, s.Write(t.Context(), c, w))
	all, err := s.ParkedReasons(t.Context(), ParkedFilter{})
	require.NoError(t, err)
	some, err := s.ParkedSome(t.Context())
	require.NoError(t, err)
	require.False(t, some.More)
	require.Equal(t, all, some.Reasons, "below its bound it counts as the full count does")
	require.Equal(t, "queued", some.Reasons[0].Reason)
	require.EqualValues(t, 2, some.Reasons[0].Messages)
	require.EqualValues(t, 3, some.Messages)
	require.EqualValues(t, 2, some.Subjects, "one for each reason that it is parked for")
}

func TestChangedSome_CountsAsCountChangedDoes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b")))
	require.NoError(t, s.Write(t.Context(), c, plain(c, 2, "employee/a")))
	for after := range int64(4) {
		whole, err := s.CountChanged(t.Context(), 1, after)
		require.NoError(t, err)
		some, more, err := s.ChangedSome(t.Context(), []int32{1}, []int64{after})
		require.NoError(t, err)
		require.False(t, more)
		require.Equal(t, whole, some, "behind %d", after)
	}
	none, _, err := s.ChangedSome(t.Context(), nil, nil)
	require.NoError(t, err)
	require.Zero(t, none, "a plan without shards")
}

func TestReaders_AreThoseOfObserve(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b")))
	_, err := s.Lease(t.Context(), "relay", []ShardID{1}, "a", time.Hour)
	require.NoError(t, err)
	observed, err := s.Observe(t.Context())
	require.NoError(t, err)
	readers, err := s.Readers(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, readers)
	require.Equal(t, observed.Readers, readers)
}

func TestRunMarks_AreTheStepsOfARange(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	streams := []string{"run/nightly/2026-10-31", "run/nightly/2026-11-01", "run/nightly/2026-11-02"}
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, streams...)))
	found, err := s.RunMarks(t.Context(), streams[1], streams[2])
	require.NoError(t, err)
	require.Len(t, found, 1, "from one on, and less than the other")
	require.Equal(t, streams[1], found[0].Stream)
	require.NotEmpty(t, found[0].Type)
	require.False(t, found[0].At.IsZero())
}
