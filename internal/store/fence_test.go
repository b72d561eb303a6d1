package store

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fullWrite touches every table of the log.
func fullWrite(c *Claim, stream string) Write {
	w := plain(c, 1, stream)
	w.Parked = []Parked{{Topic: "t", Offset: c.NextOffset, Reason: "malformed", At: noon}}
	w.OpenRuns = []RunShard{{Run: "r", BusinessDate: 739_000}}
	w.Chunk = &Chunk{Run: "r", CursorDue: 739_000, CursorStream: stream, Examined: 1, NotBilled: 1,
		Totals: []Total{{DocumentRef: "d"}}, Reasons: []Reason{{Stream: stream, Reason: "held"}}}
	return w
}

func TestFence_AFormerOwnerWritesNothingNotEvenAParkedRow(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	zombie := claimed(t, s, 1)
	owner := claimed(t, s, 1)
	before := rowsOf(t, s)

	err := s.Write(t.Context(), zombie, fullWrite(zombie, "employee/a"))
	require.ErrorIs(t, err, ErrFenced)
	require.False(t, IsTransient(err))
	require.Equal(t, before, rowsOf(t, s))
	require.EqualValues(t, 0, zombie.Head, "a claim does not move without its write")

	err = s.Write(t.Context(), zombie, Write{Parked: fullWrite(zombie, "employee/a").Parked, CatalogVersion: -1})
	require.ErrorIs(t, err, ErrFenced)
	require.Equal(t, before, rowsOf(t, s))

	require.NoError(t, s.Write(t.Context(), owner, fullWrite(owner, "employee/a")))
	require.NotEqual(t, before, rowsOf(t, s))
}

func TestFence_TheSameClaimTwiceIsFencedByOffsetAndHeads(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]func(*Claim){
		"next offset":   func(c *Claim) { c.NextOffset-- },
		"head":          func(c *Claim) { c.Head-- },
		"outcomes head": func(c *Claim) { c.OutcomesHead-- },
		"epoch":         func(c *Claim) { c.Epoch-- },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			c := claimed(t, s, 1)
			require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")))
			before := rowsOf(t, s)
			behind(c)
			require.ErrorIs(t, s.Write(t.Context(), c, plain(c, 1, "employee/b")), ErrFenced)
			require.Equal(t, before, rowsOf(t, s))
		})
	}
}

func TestFence_ADecisionUnderAnOldCatalogueIsRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	w := plain(c, 1, "employee/a")
	w.CatalogVersion = 0
	require.NoError(t, s.Write(t.Context(), c, w), "no catalogue yet is version 0")

	catalog := claimed(t, s, CatalogShard)
	require.NoError(t, s.Write(t.Context(), catalog, plain(catalog, 1, "product/p")))
	w = plain(c, 1, "employee/b")
	w.CatalogVersion = 0
	before := rowsOf(t, s)
	err := s.Write(t.Context(), c, w)
	require.ErrorIs(t, err, ErrCatalogMoved)
	require.Equal(t, before, rowsOf(t, s))

	known, err := s.Read(t.Context(), Read{})
	require.NoError(t, err)
	require.EqualValues(t, 1, known.Catalog.Position)
	w.CatalogVersion = known.Catalog.Position
	require.NoError(t, s.Write(t.Context(), c, w))

	zombie := *c
	zombie.Epoch--
	w = plain(c, 1, "employee/c")
	w.CatalogVersion = 0
	require.ErrorIs(t, s.Write(t.Context(), &zombie, w), ErrFenced, "a lost shard counts more than an old catalogue")
}

func TestFence_PositionsAreDenseWithManyWritersOfManyShards(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const shards, writes = 4, 25
	var all sync.WaitGroup
	for shard := range ShardID(shards) {
		c := claimed(t, s, shard)
		all.Go(func() {
			for i := range writes {
				w := plain(c, int32(i+1), "employee/"+string('a'+rune(shard)), "employee/"+string('p'+rune(shard)))
				if err := s.Write(context.Background(), c, w); err != nil {
					t.Errorf("shard %d: %v", shard, err)
				}
			}
		})
	}
	all.Wait()
	for shard := range ShardID(shards) {
		events, err := s.Events(t.Context(), shard, 0, 1_000)
		require.NoError(t, err)
		require.Len(t, events, 2*writes)
		for i, e := range events {
			require.EqualValues(t, i+1, e.Position)
		}
	}
	requireDense(t, s)
}

func TestFence_TwoOwnersAtOnceAreServedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const owners, writes = 3, 20
	var all sync.WaitGroup
	for range owners {
		all.Go(func() {
			ctx := context.Background()
			for i := 0; i < writes; {
				c, err := s.Claim(ctx, 1, topicOf(1))
				if err != nil {
					t.Errorf("claim: %v", err)
					return
				}
				w := Write{NextOffset: c.NextOffset + 1, CatalogVersion: -1,
					Outcomes: []Outcome{outcome("employee/a", time.Unix(c.NextOffset, 0).String())}}
				if err := s.Write(ctx, &c, w); err == nil {
					i++
				} else if !isFenced(err) {
					t.Errorf("write: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	c := claimed(t, s, 1)
	require.EqualValues(t, owners*writes, c.NextOffset)
	require.EqualValues(t, owners*writes, c.OutcomesHead)
}

// What a wrong clock decides cannot be undone: time never goes back in a shard.
func TestWrite_RefusesATimeThatTheDatabaseHasNotReached(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	var now time.Time
	require.NoError(t, s.pool.QueryRow(t.Context(), "SELECT clock_timestamp()").Scan(&now))
	at := func(ahead time.Duration) error {
		w := plain(c, int32(c.Head)+1, "employee/a")
		w.DecidedAt, w.CatalogVersion = now.Add(ahead), 0
		return s.Write(t.Context(), c, w)
	}
	before := rowsOf(t, s)
	err := at(365 * 24 * time.Hour)
	require.ErrorIs(t, err, ErrClockAhead)
	require.ErrorContains(t, err, "tenure check")
	require.False(t, IsTransient(err))
	require.ErrorIs(t, at(10*time.Minute), ErrClockAhead)
	require.Equal(t, before, rowsOf(t, s))
	require.NoError(t, at(30*time.Second), "clocks differ a little")
	require.NoError(t, s.SetClock(t.Context(), noon))
	require.NoError(t, at(365*24*time.Hour), "a simulated clock is ahead on purpose")
	known, err := s.Read(t.Context(), Read{})
	require.NoError(t, err)
	require.WithinDuration(t, now, known.Now, time.Minute, "the database's own")
}

func TestWrite_ComparesHashesAsWellAsPositions(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")))
	for name, change := range map[string]func(*Claim){
		"of events":   func(c *Claim) { c.Chain = []byte("lost") },
		"of outcomes": func(c *Claim) { c.OutcomeChain = []byte("lost") },
	} {
		other := *c
		change(&other)
		require.ErrorIs(t, s.Write(t.Context(), &other, plain(&other, 2, "employee/a")), ErrFenced, name)
	}
	catalog := claimed(t, s, CatalogShard)
	require.NoError(t, s.Write(t.Context(), catalog, plain(catalog, 1, "product/p")))
	w := plain(c, 2, "employee/a")
	w.CatalogVersion, w.CatalogChain = 1, []byte("lost")
	require.ErrorIs(t, s.Write(t.Context(), c, w), ErrCatalogMoved)
	w.CatalogChain = catalog.Chain
	require.NoError(t, s.Write(t.Context(), c, w))
}
