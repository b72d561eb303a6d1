package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestObserve_WhatAReaderHasNotTakenIsSeenWithItsAge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a", "employee/b")))
	later := plain(c, 2, "employee/a")
	later.DecidedAt, later.Events[0].At, later.Outcomes[0].At = noon.Add(time.Minute), noon.Add(time.Minute),
		noon.Add(time.Minute)
	later.Parked = []Parked{
		{Topic: "employee.commands", Offset: 4, Reason: "broken", At: noon},
		{Topic: "employee.commands", Offset: 5, Reason: "queued", At: noon},
		{Topic: "employee.commands", Offset: 6, Reason: "queued", At: noon.Add(time.Minute)},
		{Topic: "employee.commands", Offset: 7, Reason: "malformed", At: noon, State: StateDiscarded},
	}
	require.NoError(t, s.Write(t.Context(), c, later))
	for name, position := range map[string]int64{"relay": 1, "directory": 3, "outcomes": 2} {
		leases, err := s.Lease(t.Context(), name, []ShardID{1}, "a", time.Hour)
		require.NoError(t, err)
		require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], Place{Position: position}))
	}
	_, err := s.Lease(t.Context(), "relay/members", []ShardID{1}, "a", time.Hour)
	require.NoError(t, err)

	found, err := s.Observe(t.Context())
	require.NoError(t, err)
	for i := range found.Readers {
		found.Readers[i].Oldest = found.Readers[i].Oldest.UTC()
	}
	for i := range found.Parked {
		found.Parked[i].Oldest = found.Parked[i].Oldest.UTC()
	}
	require.Equal(t, []ReaderBehind{
		{Name: "directory", Shard: 1},
		{Name: "outcomes", Shard: 1, Events: 1, Oldest: noon.Add(time.Minute)},
		{Name: "relay", Shard: 1, Events: 2, Oldest: noon},
	}, normal(found.Readers), "seats are no readers")
	require.Equal(t, []ParkedWaiting{{"broken", 1, noon}, {"queued", 2, noon}},
		found.Parked, "what is settled waits for nobody")
}

// normal has the zero time for none, in any zone.
func normal(readers []ReaderBehind) []ReaderBehind {
	for i := range readers {
		if readers[i].Oldest.IsZero() {
			readers[i].Oldest = time.Time{}
		}
	}
	return readers
}

func TestObserve_ThePoolReportsItsFigures(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, err := s.Heads(t.Context())
	require.NoError(t, err)
	stat := s.PoolStat()
	require.EqualValues(t, 4, stat.Max)
	require.Positive(t, stat.Acquired)
	require.Positive(t, stat.Idle+stat.InUse)
}

func TestObserve_ADatabaseThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.Close()
	_, err := s.Observe(t.Context())
	require.ErrorContains(t, err, "store: observe: ")
}
