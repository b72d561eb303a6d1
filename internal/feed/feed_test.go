package feed

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestFeed_ASubscriberIsBlockedAtAnEventOfANewerVersion(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, eventType, payload, reason string }{
		{"of an unknown type", "employee.created.v2", `{}`, StopUnknownType},
		{"that does not decode", "employee.created.v1", `{"number":`, StopUndecodable},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			db := feedtest.NewDatabase(t)
			j := feedtest.NewJournal(t, db.Store)
			j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
			j.AppendRaw(1, feedtest.Employee(2), row.eventType, []byte(row.payload))
			j.Append(1, feedtest.Of(feedtest.Employee(3), feedtest.Created(3))...)
			j.Append(2, feedtest.Of(feedtest.Employee(4), feedtest.Created(4))...)
			heard := newListener()
			live(t, Config{Store: db.Store, Observer: heard,
				Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
			require.Equal(t, map[int32]string{1: row.reason}, heard.Await(t))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			watch := NewWatch(db.Store)
			require.NoError(t, watch.WaitFor(ctx, "directory", 1, 1), "what is before it is folded")
			require.NoError(t, watch.WaitFor(ctx, "directory", 2, 1), "the other shards go on")
			require.Len(t, db.Rows("directory"), 2, "what is behind it is not")
		})
	}
}

func TestIdles_WhereALoopCameNoFurther(t *testing.T) {
	t.Parallel()
	require.True(t, idles(3, 0), "at the end of the log")
	require.False(t, idles(900, 400), "it steps over events")
	require.True(t, idles(3, 3), "the log is shorter than what is known of it")
	require.True(t, idles(3, 5), "and what is known grows meanwhile")
}

func TestFeed_AGapInTheLogStopsEverybody(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 3 {
		j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	db.Exec("DELETE FROM events WHERE pos = 2")
	heard := newListener()
	live(t, Config{Store: db.Store, Observer: heard,
		Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	require.Equal(t, map[int32]string{1: StopGap}, heard.Await(t))
}

func TestFeed_AnotherProcessTakesOverFromADeadOne(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	shards := []store.ShardID{1, 2, 3}
	for _, shard := range shards {
		j.Append(shard, feedtest.Of(feedtest.Employee(int(shard)), feedtest.Created(int(shard)))...)
	}
	dead, err := db.Lease(t.Context(), "directory", shards, "dead", 700*time.Millisecond)
	require.NoError(t, err)
	require.Len(t, dead, 3)
	_, err = db.Lease(t.Context(), "directory"+memberSuffix, []store.ShardID{0}, "dead", 700*time.Millisecond)
	require.NoError(t, err)

	live(t, Config{Store: db.Store, LeaseTTL: 400 * time.Millisecond,
		Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	caught(t, db, "directory")
	require.Len(t, db.Rows("directory"), 3)
	require.ErrorIs(t, db.AdvanceNow(t.Context(), &dead[0], store.Place{Position: 1}), store.ErrLeaseLost,
		"the dead one's late write is refused")
}

func TestFeed_TwoProcessesShareTheShardsAndOneTakesAllWhenTheOtherStops(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	const shards = 8
	for n := range shards {
		j.Append(store.ShardID(n), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	start := func(owner string) (stop func()) {
		return live(t, Config{Store: db.Store, Owner: owner, LeaseTTL: time.Second,
			Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	}
	start("first")
	held := func(want map[string]int) {
		t.Helper()
		require.Eventually(t, func() bool {
			all, err := ProgressOf(t.Context(), db.Store)
			require.NoError(t, err)
			got := map[string]int{}
			for _, p := range all {
				if p.Leased {
					got[p.Owner]++
				}
			}
			return len(got) == len(want) && got["first"] == want["first"] && got["second"] == want["second"]
		}, patience, 20*time.Millisecond)
	}
	held(map[string]int{"first": shards})
	stop := start("second")
	held(map[string]int{"first": shards / 2, "second": shards / 2})
	for n := range shards {
		j.Append(store.ShardID(n), feedtest.Of(feedtest.Employee(n), events.EmployeeUpdated{State: "DISABLED"})...)
	}
	caught(t, db, "directory")
	stop()
	held(map[string]int{"first": shards})
	require.Len(t, db.Rows("directory"), shards)
}

func TestFeed_StoppingGivesTheLeasesBack(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	stop := live(t, Config{Store: db.Store, LeaseTTL: time.Hour, Subscribers: Projections(NewReader(db.Store))})
	for _, p := range projections.All() {
		caught(t, db, p.Name())
	}
	stop()
	all, err := ProgressOf(t.Context(), db.Store)
	require.NoError(t, err)
	require.Len(t, all, len(projections.All()))
	for _, p := range all {
		require.False(t, p.Leased, p.Subscriber)
		require.Zero(t, p.Lag)
	}
}

func TestFeed_OneBadShardDoesNotHoldUpTheOthers(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 6 {
		j.Append(store.ShardID(n), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	db.Exec("ALTER TABLE directory ADD CONSTRAINT bad CHECK (shard <> 2 OR position > 1)")
	live(t, Config{Store: db.Store, Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})}})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	watch := NewWatch(db.Store)
	for _, shard := range []store.ShardID{0, 1, 3, 4, 5} {
		require.NoError(t, watch.WaitFor(ctx, "directory", shard, 1))
	}
	require.Len(t, db.Rows("directory"), 5)
	db.Exec("ALTER TABLE directory DROP CONSTRAINT bad")
	caught(t, db, "directory")
	require.Len(t, db.Rows("directory"), 6, "it is tried until the fault is gone")
}

func TestFeed_TracesAPage(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	type page struct {
		subscriber string
		shards     int
		lag        int64
	}
	traced := make(chan page, 64)
	live(t, Config{
		Store:       db.Store,
		Subscribers: []Subscriber{Project(NewReader(db.Store), projections.Directory{})},
		Traced: func(subscriber string, began time.Time, shards int, lag int64) {
			if !began.After(time.Now()) {
				traced <- page{subscriber, shards, lag}
			}
		},
	})
	require.Equal(t, page{"directory", 1, 1}, <-traced)
}
