package relay

import (
	"context"
	"fmt"
	"strings"
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

// employees lists the employees of the read model by their numbers.
func employees(db *feedtest.Database) (all []string) {
	for _, row := range db.Rows("directory") {
		all = append(all, strings.TrimLeft(strings.Split(row, ",")[0], "(0"))
	}
	return all
}

// published lists what is on employee.events: positions with the employees' numbers.
func published(t *testing.T, kafka *brokers) (all []string) {
	t.Helper()
	err := kafka.lookup.ReadAll(t.Context(), []string{contract.EmployeeEvents}, nil, func(m bus.Message) error {
		all = append(all, string(m.Header("ce_position"))+" "+strings.TrimLeft(string(m.Key), "0"))
		return nil
	})
	require.NoError(t, err)
	return all
}

// The processes of a feed live through a failover to a standby that lacked the last commits, and the log goes on
// otherwise.
// Stronger than: the read model has exactly the employees of the log that goes on, and an event of it is on Kafka. Each
// is, also where readers saw the log shorter than what they had read, the relay reports what was published and lost,
// and the one documented way continues.
func TestFailover_LeavesLogReadModelsAndTopicsEqual(t *testing.T) {
	t.Parallel()
	for name, parts := range map[string][]int{"longer than what was read at once": {5}, "shorter, then longer": {2, 5}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leavesAllEqual(t, parts)
		})
	}
}

// leavesAllEqual has a log go on after a failover in some parts, each of which the read model catches up with.
func leavesAllEqual(t *testing.T, parts []int) {
	t.Helper()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	hire(feedtest.NewJournal(t, db.Store), 1, 1, 3)
	subscribers := func() []feed.Subscriber {
		return append(relays(db, kafka), feed.Project(feed.NewReader(db.Store), projections.Directory{}))
	}
	names := []string{"directory", feed.RelayName, feed.OutcomesName}
	stop := live(t, feed.Config{Store: db.Store, Subscribers: subscribers()})
	caught(t, db, names...)
	stop()
	standby := db.Copy() // it has replayed up to here

	hears := newListener()
	stop = live(t, feed.Config{Store: db.Store, Subscribers: subscribers(), Observer: hears, LeaseTTL: 2 * time.Second})
	hire(feedtest.NewJournal(t, db.Store), 1, 0xa1, 0xa3) // committed, published, and lost
	caught(t, db, names...)
	require.Len(t, published(t, kafka), 6)

	db.Become(standby)
	after := feedtest.NewJournal(t, db.Store)
	want, hired := []string{"1", "2", "3"}, 0
	for _, end := range parts {
		hire(after, 1, 0xb1+hired, 0xb0+end) // what the only log has
		for ; hired < end; hired++ {
			want = append(want, fmt.Sprintf("b%d", hired+1))
		}
		caught(t, db, "directory")
		require.Equal(t, want, employees(db))
	}
	require.Contains(t, hears.Await(t), int32(1), "the relay says that the topics have something else than the log")
	stop()
	continuesWhereAccepted(t, db, kafka, subscribers, names)
}

// continuesWhereAccepted takes the one documented way on from a relay that has stopped, after which the topics have
// each event of the log.
func continuesWhereAccepted(t *testing.T, db *feedtest.Database, kafka *brokers, subscribers func() []feed.Subscriber,
	names []string) {
	t.Helper()
	for _, reader := range []string{feed.RelayName, feed.OutcomesName} {
		require.NoError(t, db.AcceptTail(t.Context(), reader, 1, "failover without the last commits", "operator"))
	}
	live(t, feed.Config{Store: db.Store, Subscribers: subscribers()})
	caught(t, db, names...)
	topic := published(t, kafka)
	for n := 1; n <= 5; n++ {
		require.Contains(t, topic, fmt.Sprintf("1:%d b%d", n+3, n), "each event of the log is on its topic")
	}
}

// slow publishes, and then the database changes hosts.
type slow struct {
	*brokers
	meanwhile func()
}

// Publish publishes before the failover.
func (s *slow) Publish(ctx context.Context, messages []bus.Message) error {
	if err := s.brokers.Publish(ctx, messages); err != nil {
		return err
	}
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return nil
}

// A page is read from the former primary, and its checkpoint moved on the new one.
// Stronger than: an event that took the place of a lost one is on Kafka after a page that straddled the failover. The
// checkpoint cannot leave the log, so that nothing of it is skipped; a relay that starts then says that the topic has
// something else, and once that is accepted each event of the log is there.
func TestRelay_MovesNoCheckpointBeyondTheLog(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	hire(feedtest.NewJournal(t, db.Store), 1, 1, 3)
	relayed(t, db, kafka)
	leases, err := db.Lease(t.Context(), feed.RelayName, []store.ShardID{1}, "process-1", time.Hour)
	require.NoError(t, err)
	require.Len(t, leases, 1, "the lease is known to the standby")
	standby := db.Copy()
	hire(feedtest.NewJournal(t, db.Store), 1, 0xa1, 0xa3) // committed on the primary, and lost
	away := &slow{brokers: kafka, meanwhile: func() { db.Become(standby) }}
	late := eventsRelay(db, away).(*relay)
	late.wait = time.Minute // a failover takes longer than a page on a busy machine
	_, err = late.Handle(t.Context(), []*store.Lease{&leases[0]}, feed.StepMax)
	require.Error(t, err)
	again, err := db.Lease(t.Context(), feed.RelayName, []store.ShardID{1}, "process-1", time.Hour)
	require.NoError(t, err)
	require.EqualValues(t, 3, again[0].Position, "where the log ends")
	hire(feedtest.NewJournal(t, db.Store), 1, 0xb1, 0xb5) // what the log says instead
	require.NoError(t, db.Release(t.Context(), again...))
	var stop *feed.Stop
	require.ErrorAs(t, take(t, db, eventsRelay(db, kafka), 1), &stop)
	require.Equal(t, stopAltered, stop.Reason)
	require.NoError(t, db.AcceptTail(t.Context(), feed.RelayName, 1, "failover without the last commits", "operator"))
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	for n := 1; n <= 5; n++ {
		require.Contains(t, published(t, kafka), fmt.Sprintf("1:%d b%d", n+3, n))
	}
}

// A process that was stopped holds its lease in a database that lost what came after it, the shard's leases of others
// among that. Neither its epoch nor its checkpoint says so, and others have published since.
func TestFailover_ALeaseOfBeforeComparesAgain(t *testing.T) {
	t.Parallel()
	db, kafka := feedtest.NewDatabase(t), newBrokers(t)
	hire(feedtest.NewJournal(t, db.Store), 1, 1, 3)
	leases, err := db.Lease(t.Context(), feed.RelayName, []store.ShardID{1}, "stopped", time.Hour)
	require.NoError(t, err)
	standby := db.Copy()
	lease, stopped := leases[0], eventsRelay(db, kafka)
	handle := func() error {
		_, err := stopped.Handle(t.Context(), []*store.Lease{&lease}, feed.StepMax)
		return err
	}
	require.NoError(t, handle())
	require.Len(t, published(t, kafka), 3)

	hire(feedtest.NewJournal(t, db.Store), 1, 4, 6)
	db.Exec("UPDATE leases SET lease_until = now()")
	require.NoError(t, take(t, db, eventsRelay(db, kafka), 1))
	require.Len(t, published(t, kafka), 6)
	db.Become(standby)

	require.NoError(t, handle(), "there is nothing new")
	lease.Grant++ // as the feed does where another database answers
	var stop *feed.Stop
	require.ErrorAs(t, handle(), &stop)
	require.Equal(t, stopAhead, stop.Reason)
}
