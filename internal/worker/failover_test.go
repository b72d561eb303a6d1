package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// An asynchronous standby takes the place of the database without the last commits. No new command comes: the shards
// notice that the database is not as they left it, and take again what Kafka acknowledged.
// Stronger than: after new commands came in every shard, each command that was acknowledged has one outcome. Each has
// it before any new one comes, and each new one has one too.
func TestWorker_TakesAgainWhatAFailoverLost(t *testing.T) {
	t.Parallel()
	const kept, lost, staff = 10, 30, 50
	s := founded(t, "2026-10-30T12:00:00Z", func(s *system) { s.hired(1, kept) })
	standby := s.backup()
	s.startWorker()
	s.hired(kept+1, lost)
	s.failover(standby)
	s.store = environment.Store(t, s.dsn)
	s.answeredOnce(1, lost)
	s.hired(lost+1, staff)
	s.answeredOnce(1, staff)
	s.audited()
}

// hired sends the creation of some employees, and waits for their outcomes.
func (s *system) hired(first, last int) {
	s.t.Helper()
	for n := first; n <= last; n++ {
		s.send(hire(n))
	}
	for n := first; n <= last; n++ {
		require.Equal(s.t, domain.StatusApplied, s.outcome(hire(n)).Status, fmt.Sprint(n))
	}
}

// answeredOnce fails unless the creation of each of some employees has, or comes to, one final outcome.
func (s *system) answeredOnce(first, last int) {
	s.t.Helper()
	for n := first; n <= last; n++ {
		require.Equal(s.t, domain.StatusApplied, s.outcome(hire(n)).Status, fmt.Sprint(n))
		require.Equal(s.t, 1, s.finals(n)[fmt.Sprintf("hire-%d", n)], fmt.Sprint(n))
	}
}

// A price and a halt that were answered, and lost with the last commits, in shards to which nothing else comes.
// Stronger than: a hundred polls of a driver bill nothing behind the halt. Price and halt are taken again, and each
// poll says that the night is halted.
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
	for range 100 { // as a driver would poll
		status, err := s.driver().Ensure(context.Background())
		require.NoError(t, err)
		require.Equal(t, runstate.StateHalted, status.State)
	}
	require.Empty(t, s.lines(), "invoicing is halted")
}

// A process whose clock is wrong changes nothing: what time did could not be undone. Stronger than: an employee whose
// deletion is due months later is not deleted. No event of it is written, nor of one whose product changes at midnight,
// and no shard is dated ahead.
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
	change := order("employee.schedule_product_change.v1", employeeID(2), "change", object{"newProduct": pbxPlus})
	s.send(hire(1), hire(2), leave, change)
	require.Equal(t, domain.StatusApplied, s.outcome(leave).Status)
	require.Equal(t, domain.StatusApplied, s.outcome(change).Status)
	before, others := s.types(employeeID(1)), s.types(employeeID(2))
	stop()

	s.clock.set(now.AddDate(1, 0, 0).Format(time.RFC3339)) // a virtual machine that resumed with a wrong clock
	seen := &retries{}
	stop = s.startWith(&worker.Worker{Observer: seen})
	title := order("employee.update.v1", employeeID(1), "title", object{"title": "Tester"})
	s.send(title)
	s.eventually("the database refuses it several times", func() bool { return seen.n.Load() > 3 })
	stop()
	require.Equal(t, before, s.types(employeeID(1)))
	require.Equal(t, others, s.types(employeeID(2)))

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

// The clock of the database goes back by an hour under a worker. It decides nothing meanwhile, which it says with each
// attempt; when the clock is right again, each command takes effect once.
func TestWorker_WaitsWhileTheClockOfTheDatabaseIsBehind(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	clock := database.NewClock(t, s.dsn)
	s.sql("DELETE FROM clock") // real time counts
	s.clock.set(time.Now().UTC().Format(time.RFC3339))
	seen := &retries{}
	s.startWith(&worker.Worker{Observer: seen})
	s.company()
	s.hired(1, 2)
	before := s.types(employeeID(1))

	clock.Shift(-time.Hour)
	refused := seen.n.Load()
	s.send(title(1, "title-1"), hire(3))
	s.eventually("the database refuses it several times", func() bool { return seen.n.Load() > refused+3 })
	require.Equal(t, before, s.types(employeeID(1)))
	_, known, err := s.store.Outcome(t.Context(), stream(1), "title-1")
	require.NoError(t, err)
	require.False(t, known)

	clock.Shift(0)
	require.Equal(t, domain.StatusApplied, s.outcome(title(1, "title-1")).Status)
	require.Equal(t, 1, s.finals(1)["title-1"])
	s.answeredOnce(1, 3)
	s.audited()
}

// latest is the time of a shard's last decision; now where there is none.
func latest(h store.Head) time.Time {
	if h.DecidedAt.Year() < 2000 {
		return time.Now()
	}
	return h.DecidedAt
}
