package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// An asynchronous standby takes the place of the database without the last commits. No new command comes: the shards
// notice that the database is not as they left it, and take again what Kafka acknowledged. As strong as: each command
// that was acknowledged has one outcome, before and after new ones come.
func TestWorker_TakesAgainWhatAFailoverLost(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-30T12:00:00Z", hireFirst)
	standby := s.backup()
	s.startWorker()
	const staff = 12
	for n := 2; n <= staff; n++ {
		s.send(hire(n))
	}
	for n := 2; n <= staff; n++ {
		s.outcome(hire(n))
	}
	s.failover(standby)
	s.store = environment.Store(t, s.dsn)
	for n := 1; n <= staff; n++ {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status, fmt.Sprint(n))
		require.Equal(t, 1, s.finals(n)[fmt.Sprintf("hire-%d", n)])
	}
	for n := staff + 1; n <= staff+4; n++ {
		s.send(hire(n))
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status, fmt.Sprint(n))
		require.Equal(t, 1, s.finals(n)[fmt.Sprintf("hire-%d", n)])
	}
	s.audited()
}

// A price and a halt that were answered, and lost with the last commits, in shards to which nothing else comes.
// Stronger than: nothing is billed behind the halt. Both are taken again.
func TestWorker_TakesAPriceAndAHaltAgainAfterAFailover(t *testing.T) {
	t.Parallel()
	s := founded(t, "2026-10-31T12:00:00Z", hireFirst)
	standby := s.backup()
	s.startWorker()
	price := order("catalog.set_price.v1", pbxUser, "price", object{"amount": "99.00", "effective": "2026-10-01"})
	halt := order("run.halt.v1", "runs", "halt", object{"scope": "invoicing", "reason": "prices are under review"})
	s.send(price, halt)
	require.Equal(t, domain.StatusApplied, s.outcome(price).Status)
	require.Equal(t, domain.StatusApplied, s.outcome(halt).Status)
	s.failover(standby)
	s.store = environment.Store(t, s.dsn)
	require.Equal(t, domain.StatusApplied, s.outcome(price).Status, "taken again")
	require.Equal(t, domain.StatusApplied, s.outcome(halt).Status, "taken again")
	halts, err := s.store.Halts(context.Background())
	require.NoError(t, err)
	require.Len(t, halts, 1)
	_, err = s.driver().Ensure(context.Background())
	require.NoError(t, err)
	require.Empty(t, s.lines(), "invoicing is halted")
}

// A process whose clock is wrong changes nothing: what time did could not be undone. Stronger than: an employee whose
// deletion is due months later is not deleted. No event is written, and no shard is dated ahead.
func TestWorker_WritesNothingWithAClockAheadOfTheDatabases(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.sql("DELETE FROM clock") // real time counts
	now := time.Now().UTC().Truncate(time.Second)
	s.clock.set(now.Format(time.RFC3339))
	stop := s.startWorker()
	s.company()
	leave := order("employee.schedule_deletion.v1", employeeID(1), "leave",
		object{"deleteDate": now.AddDate(0, 6, 0).Format(time.DateOnly)})
	s.send(hire(1), leave)
	require.Equal(t, domain.StatusApplied, s.outcome(leave).Status)
	before := s.types(employeeID(1))
	stop()

	s.clock.set(now.AddDate(1, 0, 0).Format(time.RFC3339)) // a virtual machine that resumed with a wrong clock
	seen := &retries{}
	stop = s.startWith(&worker.Worker{Observer: seen})
	title := order("employee.update.v1", employeeID(1), "title", object{"title": "Tester"})
	s.send(title)
	s.eventually("the database refuses it several times", func() bool { return seen.n.Load() > 3 })
	stop()
	require.Equal(t, before, s.types(employeeID(1)))

	s.clock.set(time.Now().UTC().Format(time.RFC3339)) // it is set right
	s.startWorker()
	require.Equal(t, domain.StatusApplied, s.outcome(title).Status)
	require.NotContains(t, s.types(employeeID(1)), "employee.deleted.v1")
	heads, err := s.store.Heads(context.Background())
	require.NoError(t, err)
	for shard, head := range heads {
		require.WithinDuration(t, time.Now(), latest(head), time.Hour, "shard %d", shard)
	}
}

// latest is the time of a shard's last decision; now where there is none.
func latest(h store.Head) time.Time {
	if h.DecidedAt.Year() < 2000 {
		return time.Now()
	}
	return h.DecidedAt
}
