package relay

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestRelay_NothingIsLostOrDoubledWhileTheDatabaseEndsSessions(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 2)
	j := feedtest.NewJournal(t, db.Store)
	const employees, shards = 120, 4
	for n := range employees {
		j.Append(store.ShardID(n%shards), feedtest.Of(feedtest.Employee(n), feedtest.Created(n),
			feedtest.Invoiced(n, "2026-04"))...)
	}
	subscribers := []feed.Subscriber{eventsRelay(db, kafka)}
	for _, p := range projections.All() {
		subscribers = append(subscribers, feed.Project(feed.NewReader(db.Store), p))
	}
	slowed := make([]feed.Subscriber, len(subscribers))
	for i, s := range subscribers {
		slowed[i] = small{s}
	}
	live(t, feed.Config{Store: db.Store, Subscribers: slowed, LeaseTTL: time.Second})
	for range 6 {
		db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = " +
			"current_database()")
	}
	caught(t, db, feed.RelayName, "directory", "lines", "documents")
	require.Len(t, db.Rows("directory"), employees)
	require.Len(t, db.Rows("lines"), 3*employees)
	ids := map[string]int{}
	last := map[string]int64{}
	for _, r := range kafka.read(2*employees, contract.EmployeeEvents) {
		_, pos, err := bus.ParsePosition(r.Position)
		require.NoError(t, err)
		if ids[r.ID]++; ids[r.ID] == 1 {
			require.Greater(t, pos, last[r.key], "first occurrences in their order")
			last[r.key] = pos
		}
	}
}

// small takes tiny pages, so that there is something to interrupt.
type small struct{ feed.Subscriber }

// Handle takes at most three events of each shard.
func (s small) Handle(ctx context.Context, leases []*store.Lease, limit int) (bool, error) {
	return s.Subscriber.Handle(ctx, leases, min(limit, 3))
}

// away fails a number of times before the broker is back.
type away struct {
	Publisher
	calls atomic.Int32
	times int32
}

// Publish fails while the broker is away.
func (a *away) Publish(ctx context.Context, messages []bus.Message) error {
	if a.calls.Add(1) <= a.times {
		return errors.New("the broker is away")
	}
	return a.Publisher.Publish(ctx, messages)
}

func TestRelay_WaitsForABrokerThatIsAway(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBroker(t, 1)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 4 {
		j.Append(store.ShardID(n%2), feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	gone := &away{Publisher: kafka, times: 7}
	live(t, feed.Config{Store: db.Store, Subscribers: []feed.Subscriber{eventsRelay(db, gone),
		feed.Project(feed.NewReader(db.Store), projections.Directory{})}})
	caught(t, db, "directory", feed.RelayName)
	require.Len(t, kafka.read(4, contract.EmployeeEvents), 4)
	require.Greater(t, gone.calls.Load(), gone.times)
}

func TestRelay_ALateWriteOfAZombieIsRefusedAndTheNewOwnerContinues(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.Append(1, feedtest.Of(feedtest.Employee(1), feedtest.Created(1))...)
	zombie, err := db.Lease(t.Context(), "directory", []store.ShardID{1}, "zombie", time.Millisecond)
	require.NoError(t, err)
	live(t, feed.Config{Store: db.Store, LeaseTTL: 200 * time.Millisecond,
		Subscribers: []feed.Subscriber{feed.Project(feed.NewReader(db.Store), projections.Directory{})}})
	caught(t, db, "directory")

	leases := []*store.Lease{&zombie[0]} // it wakes with the page that it had read
	_, err = feed.Project(feed.NewReader(db.Store), projections.Directory{}).Handle(t.Context(), leases, 10)
	require.ErrorIs(t, err, store.ErrLeaseLost)
	require.Zero(t, zombie[0].Position)
	require.Len(t, db.Rows("directory"), 1)
}
