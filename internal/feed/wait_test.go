package feed

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestWait_WaitingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	watch := NewWatch(feedtest.NewDatabase(t).Store)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, watch.WaitFor(ctx, "directory", 1, 1), context.DeadlineExceeded)
	require.NoError(t, watch.WaitFor(t.Context(), "directory", 1, 0), "everybody has reached the beginning")
}

func TestCaught_NamesAReaderThatIsStopped(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	say := func(trouble store.ReaderTrouble) {
		require.NoError(t, db.SeeProcess(t.Context(), store.Process{ID: "p", Roles: []string{}, Shards: []int32{},
			Readers: []store.ReaderTrouble{trouble}}, time.Now()))
	}
	impatient := func(reader string) *BehindError {
		ctx, cancel := context.WithTimeout(t.Context(), 2*stoppedEvery)
		defer cancel()
		err := Caught(ctx, db.Store, nil, reader)
		require.ErrorIs(t, err, context.DeadlineExceeded, "what is tried again may come")
		var behind *BehindError
		require.ErrorAs(t, err, &behind)
		return behind
	}
	say(store.ReaderTrouble{Reader: "relay", Shard: 1, Why: "blocked for 2m0s", For: 2 * time.Minute})
	blocked := impatient("relay")
	require.Equal(t, "relay in shard 1: blocked for 2m0s", blocked.Places())
	require.Equal(t, 2*time.Minute, blocked.Blocked())
	slow := impatient("lines")
	require.Equal(t, "lines in shard 1: at 0 of 1", slow.Places())
	require.Zero(t, slow.Blocked(), "of whom nobody says that it is blocked")
	say(store.ReaderTrouble{Reader: "relay", Shard: 1, Why: "stopped: too-large", Final: true})
	require.ErrorContains(t, Caught(t.Context(), db.Store, nil, "relay"), "relay in shard 1: stopped: too-large")
	require.ErrorIs(t, NewWatch(db.Store).WaitFor(t.Context(), "relay", 1, 1), ErrStopped)
}

func TestWait_ManyWaitForTheirPositionsAtOnce(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	live(t, Config{Store: db.Store, Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	watch := NewWatch(db.Store)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() { assert.NoError(t, watch.WaitFor(ctx, "directory", store.ShardID(n%4), int64(n/4+1))) })
	}
	for n := range 40 {
		j.Append(store.ShardID(n%4), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	all.Wait()
	require.Eventually(t, func() bool {
		watch.mu.Lock()
		defer watch.mu.Unlock()
		return !watch.looking
	}, patience, time.Millisecond, "nobody asks the database when nobody waits")
}

func TestWait_AHintEndsAPauseEarly(t *testing.T) {
	t.Parallel()
	hint := make(chan struct{}, 1)
	h := newHeads(nil, hint, slog.New(slog.DiscardHandler), Quiet{})
	hint <- struct{}{}
	require.True(t, h.wait(t.Context(), time.Hour))
	require.False(t, h.wait(t.Context(), pollHinted), "no hint: the pause is over")
}

func TestWait_AFeedNeedsAStore(t *testing.T) {
	t.Parallel()
	require.Error(t, Run(t.Context(), Config{}))
}
