package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// The clock of the database is put back by an hour: who died before does not come to life again for that hour, or
// whoever waits would hear of its troubles.
func TestProcess_TheClockOfTheDatabaseGoesBack(t *testing.T) {
	t.Parallel()
	dsn := database.Migrated(t)
	clock := database.NewClock(t, dsn)
	s := openStore(t, Config{DSN: dsn})
	see := func(id string) {
		require.NoError(t, s.SeeProcess(t.Context(), Process{ID: id, Roles: []string{}, Shards: []int32{}}, time.Now()))
	}
	ages := func() map[string]time.Duration {
		all, err := s.Processes(t.Context())
		require.NoError(t, err)
		found := map[string]time.Duration{}
		for _, p := range all {
			found[p.ID] = p.Age.Round(time.Hour)
		}
		return found
	}
	see("dies")
	see("lives")
	require.Equal(t, map[string]time.Duration{"dies": 0, "lives": 0}, ages())
	clock.Shift(-time.Hour)
	require.Equal(t, map[string]time.Duration{"dies": time.Hour, "lives": time.Hour}, ages(), "nobody knows of either")
	see("lives")
	require.Equal(t, map[string]time.Duration{"lives": 0}, ages())
	clock.Shift(0)
	require.Equal(t, map[string]time.Duration{"lives": time.Hour}, ages(), "and does not look alive an hour later")
}

// Outcomes are deleted when they are old by the clocks of the database and of the worker: neither alone deletes what a
// repetition asks for once that clock is right again.
func TestForgetOutcomes_ByTwoClocks(t *testing.T) {
	t.Parallel()
	const kept = 30 * 24 * time.Hour
	dsn := database.Migrated(t)
	clock := database.NewClock(t, dsn)
	s := openStore(t, Config{DSN: dsn})
	c := claimed(t, s, 1)
	for v := range int32(3) {
		require.NoError(t, s.Write(t.Context(), c, plain(c, v+1, "employee/a")))
	}
	leases, err := s.Lease(t.Context(), OutcomesReader, []ShardID{1}, "a", time.Minute)
	require.NoError(t, err)
	require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], Place{Position: 3}))
	forgotten := func() int {
		n, err := s.ForgetOutcomes(t.Context(), c, kept, 10)
		require.NoError(t, err)
		return n
	}
	clock.Shift(2 * kept)
	require.Zero(t, forgotten(), "the database's clock is ahead")
	clock.Shift(0)
	damage(t, s, "UPDATE outcomes SET recorded = recorded - INTERVAL '30 days' - INTERVAL '30 minutes' WHERE seq < 3")
	clock.Shift(-time.Hour)
	require.Zero(t, forgotten(), "it is behind: what is old goes later")
	clock.Shift(0)
	require.Equal(t, 2, forgotten())
}
