package store

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// expire ends all leases, as time would.
const expire = "UPDATE subscriptions SET lease_until = now() - interval '1 hour' WHERE lease_until > now()"

func leased(t *testing.T, s *Store, owner string, shards ...ShardID) []Lease {
	t.Helper()
	leases, err := s.Lease(t.Context(), "relay", shards, owner, time.Hour)
	require.NoError(t, err)
	return leases
}

func TestALeaseIsHeldByOneOwnerUntilItIsOverOrReleased(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := leased(t, s, "a", 2, 1)
	require.Equal(t, []Lease{{Name: "relay", Shard: 1, Epoch: 1}, {Name: "relay", Shard: 2, Epoch: 1}}, first)
	require.Empty(t, leased(t, s, "b", 1, 2), "taken")
	require.Equal(t, first, leased(t, s, "a", 1, 2), "renewed")
	require.Len(t, leased(t, s, "b", 1, 2, 3), 1, "the free one")

	require.NoError(t, s.Release(t.Context(), first[0]))
	require.Equal(t, []Lease{{Name: "relay", Shard: 1, Epoch: 3}}, leased(t, s, "b", 1, 2))
	damage(t, s, expire)
	require.Equal(t, []Lease{{Name: "relay", Shard: 2, Epoch: 2}}, leased(t, s, "c", 2))

	other, err := s.Lease(t.Context(), "employees", []ShardID{1}, "z", time.Hour)
	require.NoError(t, err)
	require.Len(t, other, 1, "each reader has leases separate")
}

func TestAReaderThatLostItsLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	damage(t, s, "CREATE TABLE model (n integer)")
	old := leased(t, s, "a", 1)[0]
	require.NoError(t, s.AdvanceNow(t.Context(), &old, 10))
	require.EqualValues(t, 10, old.Position)
	damage(t, s, expire)
	taken := leased(t, s, "b", 1)[0]
	require.EqualValues(t, 10, taken.Position, "it goes on where the other was")

	project := func(l Lease, position int64) error {
		b := &pgx.Batch{}
		l.Advance(b, position)
		b.Queue("INSERT INTO model VALUES (1)")
		return s.InTx(t.Context(), b)
	}
	err := project(old, 20)
	require.ErrorIs(t, err, ErrLeaseLost)
	require.False(t, IsTransient(err))
	require.EqualValues(t, 0, count(t, s, "SELECT count(*) FROM model"))
	require.NoError(t, project(taken, 20))
	require.EqualValues(t, 1, count(t, s, "SELECT count(*) FROM model"))
	require.ErrorIs(t, project(taken, 30), ErrLeaseLost, "the same batch again, its position not set")
	taken.Position = 20
	require.ErrorIs(t, project(taken, 19), ErrLeaseLost, "a checkpoint does not go back")
}

// See TestAWriterStoppedWhileSendingDoesNotKeepTheShard.
func TestAReaderStoppedWhileSendingDoesNotKeepItsLease(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), LockTimeout: 200 * time.Millisecond})
	leased(t, s, "a", 1)
	damage(t, s, expire)
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	half := conn.Conn().PgConn().StartPipeline(t.Context())
	half.SendQueryParams("UPDATE subscriptions SET position = 7", nil, nil, nil, nil)
	half.SendFlushRequest()
	require.NoError(t, half.Flush())
	_, err = half.GetResults()
	require.NoError(t, err, "the row is locked now, and no end of the transaction is sent")

	require.Eventually(t, func() bool { return len(leased(t, s, "b", 1)) == 1 }, waitMax, waitPause)
}

func TestTheSimulatedClockOnlyGoesForward(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, simulated, err := s.Clock(t.Context())
	require.NoError(t, err)
	require.False(t, simulated)
	require.NoError(t, s.SetClock(t.Context(), noon))
	require.NoError(t, s.SetClock(t.Context(), noon))
	require.ErrorIs(t, s.SetClock(t.Context(), noon.Add(-time.Second)), ErrClockBack)
	now, simulated, err := s.Clock(t.Context())
	require.NoError(t, err)
	require.True(t, simulated)
	require.Equal(t, noon, now)
}
