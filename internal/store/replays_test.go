package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lost is a replay of two shards.
func lost(name string) Replay {
	return Replay{
		Name: name, Target: "lost", Filter: []byte(`{}`), Rate: 100, Reason: "lost a week", Who: "operator",
		Shards: []ReplayShard{{Shard: 1, First: 5, Last: 8}, {Shard: 2, First: 1, Last: 2}},
	}
}

func TestReplay_IsWrittenDownOnceAndKnowsProgress(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	r := lost("week-30")
	at := filled(t, s, 1, 8)
	require.NoError(t, s.CreateReplay(t.Context(), r))
	require.ErrorIs(t, s.CreateReplay(t.Context(), r), ErrReplayExists)
	require.NoError(t, s.CreateReplay(t.Context(), lost("week-31")), "another name")

	found, ok, err := s.Replay(t.Context(), "week-30")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, ReplayRunning, found.State)
	require.Equal(t, []string{"lost", "lost a week", "operator", "{}"},
		[]string{found.Target, found.Reason, found.Who, string(found.Filter)})
	require.Equal(t, []ReplayShard{{Shard: 1, First: 5, Last: 8, Position: 4}, {Shard: 2, First: 1, Last: 2}},
		found.Shards)
	require.False(t, found.Leased, "nobody runs it")
	all, err := s.Replays(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2)
	_, ok, err = s.Replay(t.Context(), "")
	require.NoError(t, err)
	require.False(t, ok, "no name names none")

	lease := leasedAs(t, s, r.Reader(), 1)
	require.NoError(t, s.MoveReplay(t.Context(), r, &lease, at[6], 2, 900))
	require.NoError(t, s.MoveReplay(t.Context(), r, &lease, at[8], 1, 100))
	found, _, err = s.Replay(t.Context(), "week-30")
	require.NoError(t, err)
	require.Equal(t, ReplayShard{Shard: 1, First: 5, Last: 8, Position: 8, Messages: 3, Bytes: 1000}, found.Shards[0])
	require.True(t, found.Leased)
}

func leasedAs(t *testing.T, s *Store, reader string, shard ShardID) Lease {
	t.Helper()
	leases, err := s.Lease(t.Context(), reader, []ShardID{shard}, "a", time.Hour)
	require.NoError(t, err)
	require.Len(t, leases, 1)
	return leases[0]
}

func TestReplay_WhoseRunnerLostItsLeaseCountsNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	r := lost("week-30")
	at := filled(t, s, 1, 8)
	require.NoError(t, s.CreateReplay(t.Context(), r))
	lease := leasedAs(t, s, r.Reader(), 1)
	damage(t, s, expire)
	taken, err := s.Lease(t.Context(), r.Reader(), []ShardID{1}, "b", time.Hour)
	require.NoError(t, err)
	require.Len(t, taken, 1)
	require.ErrorIs(t, s.MoveReplay(t.Context(), r, &lease, at[6], 2, 900), ErrLeaseLost)
	found, _, err := s.Replay(t.Context(), r.Name)
	require.NoError(t, err)
	require.Zero(t, found.Shards[0].Messages)
}

func TestReplay_IsDoneWhenAllOfItsShardsAreRead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	r := lost("week-30")
	at, other := filled(t, s, 1, 8), filled(t, s, 2, 2)
	require.NoError(t, s.CreateReplay(t.Context(), r))
	state := func() string {
		found, _, err := s.Replay(t.Context(), r.Name)
		require.NoError(t, err)
		return found.State
	}
	change := func(to string, want bool) {
		changed, err := s.SetReplayState(t.Context(), r.Name, to)
		require.NoError(t, err)
		require.Equal(t, want, changed, to)
	}
	change(ReplayPaused, true)
	change(ReplayPaused, false)
	change(ReplayRunning, true)

	one, two := leasedAs(t, s, r.Reader(), 1), leasedAs(t, s, r.Reader(), 2)
	require.NoError(t, s.MoveReplay(t.Context(), r, &one, at[8], 4, 400))
	require.NoError(t, s.FinishReplay(t.Context(), r.Name))
	require.Equal(t, ReplayRunning, state(), "the second shard is not read")
	require.EqualValues(t, 2, count(t, s, "SELECT count(*) FROM subscriptions WHERE name = 'replay/week-30'"))
	require.NoError(t, s.MoveReplay(t.Context(), r, &two, other[2], 2, 200))
	require.NoError(t, s.FinishReplay(t.Context(), r.Name))
	require.Equal(t, ReplayDone, state())
	require.Zero(t, count(t, s, "SELECT count(*) FROM subscriptions WHERE name = 'replay/week-30'"), "nobody waits for it")
	change(ReplayRunning, false)
}

func TestReplays_AMarkReportsWhenAReaderMovedAndWhatAnOperatorAccepted(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	filled(t, s, 1, 10)
	lease := leased(t, s, "a", 1, 2)[0]
	marks, err := s.Marks(t.Context(), "relay")
	require.NoError(t, err)
	require.Equal(t, map[ShardID]Mark{1: {}, 2: {}}, marks, "they never moved")

	require.NoError(t, s.AdvanceNow(t.Context(), &lease, Place{Position: 10}))
	require.NoError(t, s.AcceptTail(t.Context(), "relay", 2, "restored from the backup", "operator"))
	require.NoError(t, s.AcceptTail(t.Context(), "outcomes", 1, "the same", "operator"))
	marks, err = s.Marks(t.Context(), "relay")
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), marks[1].Moved, time.Minute)
	require.Zero(t, marks[1].Accepted, "that was another reader")
	require.WithinDuration(t, time.Now(), marks[2].Accepted, time.Minute)
}

func TestReplays_ThePositionOfATimeIsTheFirstThatIsNotBeforeIt(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	const events = 9
	for n := range events { // three events an hour
		w := plain(c, int32(n+1), "employee/1")
		w.Events[0].At = noon.Add(time.Duration(n/3) * time.Hour)
		require.NoError(t, s.Write(t.Context(), c, w))
	}
	for want, since := range map[int64]time.Time{
		1: noon.Add(-time.Hour), 4: noon.Add(time.Minute), 7: noon.Add(2 * time.Hour), 10: noon.Add(3 * time.Hour),
	} {
		got, err := s.PositionSince(t.Context(), 1, since, events)
		require.NoError(t, err)
		require.Equal(t, want, got, since)
	}
	got, err := s.PositionSince(t.Context(), 7, noon, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, got, "an empty shard")

	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/2")))
	span, found, err := s.StreamSpan(t.Context(), "employee/1")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, Span{Shard: 1, First: 1, Last: events}, span)
	_, found, err = s.StreamSpan(t.Context(), "employee/3")
	require.NoError(t, err)
	require.False(t, found)
}
