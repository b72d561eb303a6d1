package store

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"tenure/internal/test/database"
)

// expire ends all leases, as time would.
const expire = "UPDATE leases SET lease_until = now() - interval '1 hour' WHERE lease_until > now()"

func leased(t *testing.T, s *Store, owner string, shards ...ShardID) []Lease {
	t.Helper()
	leases, err := s.Lease(t.Context(), "relay", shards, owner, time.Hour)
	require.NoError(t, err)
	return leases
}

func TestLease_IsHeldByOneOwnerUntilItIsOverOrReleased(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := leased(t, s, "a", 2, 1)
	require.Equal(t, []Lease{{Name: "relay", Shard: 1, Epoch: 1, Chain: []byte{}},
		{Name: "relay", Shard: 2, Epoch: 1, Chain: []byte{}}}, first)
	require.Empty(t, leased(t, s, "b", 1, 2), "taken")
	require.Equal(t, first, leased(t, s, "a", 1, 2), "renewed")
	require.Len(t, leased(t, s, "b", 1, 2, 3), 1, "the free one")

	require.NoError(t, s.Release(t.Context(), first[0]))
	require.Equal(t, []Lease{{Name: "relay", Shard: 1, Epoch: 3, Chain: []byte{}}}, leased(t, s, "b", 1, 2))
	damage(t, s, expire)
	require.Equal(t, []Lease{{Name: "relay", Shard: 2, Epoch: 2, Chain: []byte{}}}, leased(t, s, "c", 2))

	other, err := s.Lease(t.Context(), "directory", []ShardID{1}, "z", time.Hour)
	require.NoError(t, err)
	require.Len(t, other, 1, "each reader has its own leases")
}

func TestLeases_AReaderThatLostItsLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	damage(t, s, "CREATE TABLE model (n integer)")
	at := filled(t, s, 1, 30)
	old := leased(t, s, "a", 1)[0]
	require.NoError(t, s.AdvanceNow(t.Context(), &old, at[10]))
	require.EqualValues(t, 10, old.Position)
	damage(t, s, expire)
	taken := leased(t, s, "b", 1)[0]
	require.EqualValues(t, 10, taken.Position, "it goes on where the other was")

	project := func(l Lease, position int64) error {
		b := &pgx.Batch{}
		l.Advance(b, at[position])
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
	taken.Moved(at[20])
	require.ErrorIs(t, project(taken, 19), ErrLeaseLost, "a checkpoint does not go back")
}

// See TestClaim_AWriterStoppedWhileSendingDoesNotKeepTheShard.
func TestLeases_AReaderStoppedWhileSendingDoesNotKeepItsLease(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), LockTimeout: 200 * time.Millisecond})
	leased(t, s, "a", 1)
	damage(t, s, expire)
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	halfSent(t, conn, "UPDATE subscriptions SET position = 7 WHERE shard = 1")

	require.Eventually(t, func() bool { return len(leased(t, s, "b", 1)) == 1 }, waitMax, waitPause)
}

// Leases are counted by the database's clock, which goes back by an hour, right again, and back once more. Whoever
// wants one waits; at no time do two have it, and a former owner moves nothing.
func TestLease_TheClockOfTheDatabaseGoesBack(t *testing.T) {
	t.Parallel()
	dsn := database.Migrated(t)
	clock := database.NewClock(t, dsn)
	s := openStore(t, Config{DSN: dsn})
	at := filled(t, s, 1, 5)
	take := func(owner string) []Lease {
		leases, err := s.Lease(t.Context(), "relay", []ShardID{1}, owner, 10*time.Minute)
		require.NoError(t, err)
		return leases
	}
	require.Len(t, take("a"), 1)
	clock.Shift(-time.Hour)
	require.Empty(t, take("b"), "it waits until the lease is over by the same clock")
	former := take("a")
	require.Len(t, former, 1, "its owner renews it")
	require.NoError(t, s.AdvanceNow(t.Context(), &former[0], at[1]))
	require.Empty(t, take("b"))

	clock.Shift(0)
	owner := take("b")
	require.Len(t, owner, 1, "what was renewed is over by now")
	require.ErrorIs(t, s.AdvanceNow(t.Context(), &former[0], at[2]), ErrLeaseLost)
	require.NoError(t, s.AdvanceNow(t.Context(), &owner[0], at[2]))
	clock.Shift(-time.Hour)
	require.Empty(t, take("a"))
	require.ErrorIs(t, s.AdvanceNow(t.Context(), &former[0], at[3]), ErrLeaseLost)
	require.NoError(t, s.AdvanceNow(t.Context(), &owner[0], at[3]))
}

// A failover, or a restored backup: the row is that of the log beside it, and what the reader holds in memory is not.
func TestAdvance_MovesAlongTheLogOnly(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	at := filled(t, s, 1, 5)
	lost := Place{Position: 4, Chain: []byte("a hash that the log does not have")}
	move := func(from, to Place) error {
		l := leased(t, s, "a", 1)[0]
		l.Moved(from)
		return s.AdvanceNow(t.Context(), &l, to)
	}
	require.ErrorIs(t, move(at[0], lost), ErrLostHistory, "other content")
	require.ErrorIs(t, move(at[0], Place{Position: 6, Chain: at[5].Chain}), ErrLostHistory, "beyond the end")
	require.ErrorIs(t, move(at[0], Place{Position: 6}), ErrLostHistory, "beyond the end without a hash")
	require.NoError(t, move(at[0], at[3]))
	require.ErrorIs(t, move(Place{Position: 3, Chain: lost.Chain}, at[5]), ErrLeaseLost, "it has read another history")
	require.NoError(t, move(at[3], Place{Position: 4}), "that the log has it is all that is asked")
	require.NoError(t, move(at[4], at[5]), "and its hash is kept")
	require.False(t, IsTransient(ErrLostHistory))

	relay, err := s.Lease(t.Context(), OutcomesReader, []ShardID{1}, "a", time.Hour)
	require.NoError(t, err)
	page, err := s.OutcomesAfter(t.Context(), 1, 0, 10)
	require.NoError(t, err)
	require.Len(t, page, 5)
	behind, err := s.OutcomesBehind(t.Context(), 1, page[1].Place(), 2)
	require.NoError(t, err)
	require.Equal(t, page[2:4], behind)
	_, err = s.OutcomesBehind(t.Context(), 1, Place{Position: 2, Chain: page[3].Chain}, 2)
	require.ErrorIs(t, err, ErrLostHistory)
	_, err = s.EventsBehind(t.Context(), 1, lost, 2, 1<<20, nil)
	require.ErrorIs(t, err, ErrLostHistory, "other content")
	_, err = s.EventsBehind(t.Context(), 1, Place{Position: 6, Chain: at[5].Chain}, 2, 1<<20, nil)
	require.ErrorIs(t, err, ErrLostHistory, "the log ends before")
	require.ErrorIs(t, s.AdvanceNow(t.Context(), &relay[0], Place{Position: 2, Chain: page[3].Chain}), ErrLostHistory)
	require.ErrorIs(t, s.AdvanceNow(t.Context(), &relay[0], Place{Position: 6}), ErrLostHistory)
	require.NoError(t, s.AdvanceNow(t.Context(), &relay[0], page[1].Place()))
	require.NoError(t, s.AdvanceNow(t.Context(), &relay[0], Place{Position: 5}))
}

// Processes that take free leases at the same moment leave each other's sessions alone.
// Stronger than: the sessions that were ended are counted, of three that take 33 leases forty times. None is, although
// a writer looks for stopped sessions after a tenth of a second here.
func TestLease_EndsNoSessionThatTakesOne(t *testing.T) {
	t.Parallel()
	s := openStore(t, Config{DSN: database.Migrated(t), LockTimeout: 100 * time.Millisecond, MaxConns: 8})
	shards := make([]ShardID, 33)
	for i := range shards {
		shards[i] = ShardID(i)
	}
	for range 40 {
		var g errgroup.Group
		for _, who := range []string{"a", "b", "c"} {
			g.Go(func() error {
				leases, err := s.Lease(context.Background(), "lines", shards, who, time.Minute)
				if err != nil || len(leases) == 0 {
					return err
				}
				return s.Release(context.Background(), leases...)
			})
		}
		err := g.Wait()
		require.True(t, err == nil || lockTimedOut(err), "%v", err)
	}
}

// The transaction of a large page holds its checkpoint for long.
func TestLease_IsRenewedWhileAPageIsWritten(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const over = "UPDATE leases SET lease_until = now() - interval '1 ms'"
	at := filled(t, s, 1, 1)
	l := leased(t, s, "a", 1)[0]
	require.NoError(t, s.Transact(t.Context(), pgx.TxOptions{}, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		l.Advance(b, at[1])
		if err := tx.SendBatch(t.Context(), b).Close(); err != nil {
			return err
		}
		damage(t, s, over)
		require.Len(t, leased(t, s, "a", 1), 1, "renewed")
		damage(t, s, over)
		require.Empty(t, leased(t, s, "b", 1), "nobody takes it from under the page")
		return nil
	}))
	require.EqualValues(t, 1, leased(t, s, "b", 1)[0].Position)
}

func TestLeases_TheSimulatedClockOnlyGoesForward(t *testing.T) {
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
