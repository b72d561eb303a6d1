package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// backup copies the database as it is; only s.store may be connected.
func (s *system) backup() (dsn string) {
	s.t.Helper()
	s.store.Close()
	dsn = database.Copy(s.t, s.dsn)
	s.store = environment.Store(s.t, s.dsn)
	return dsn
}

// failover puts a copy in the place of the database; the address stays.
func (s *system) failover(standby string) {
	s.t.Helper()
	database.Replace(s.t, s.dsn, standby)
	s.store = environment.Store(s.t, s.dsn)
}

// TestRestore_OverANightIssuesWhatWasBilled restores a backup of before a night, whose commands Kafka still holds.
// Stronger than: the invariants hold afterwards. All that was billed before the loss is billed again.
func TestRestore_OverANightIssuesWhatWasBilled(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	stop := s.startWorker()
	s.company()
	const staff = 12
	for n := range staff {
		s.send(hire(n))
	}
	for n := range staff {
		s.outcome(hire(n))
	}
	s.night() // of 31 October
	stop()
	backup := s.backup()

	stop = s.startWorker()
	s.clock.set("2026-11-01T06:00:00Z")
	s.night() // of 1 November: closes the documents of the month
	first := s.lines()
	s.clock.set("2026-11-01T10:00:00Z")
	for n := range staff {
		o := order("employee.add_addon.v1", employeeID(n), fmt.Sprintf("more-%d", n), object{
			"_id": fmt.Sprintf("5d1%021d", n), "product": light, "units": 1, "start": "2026-11-01"})
		s.send(o)
		require.Equal(t, domain.StatusApplied, s.outcome(o).Status)
	}
	s.audited()
	stop()

	s.dsn, s.store = backup, environment.Store(t, backup)
	s.clock.set("2026-11-01T12:00:00Z")
	s.startWorker()
	s.night()
	require.GreaterOrEqual(t, len(s.lines()), len(first), "what was billed before the loss is billed again")
	s.audited()
}

// TestRunComplete_IsRefusedBeforeTheShardsAreThrough sends the end of a run that has only started, with its own sums.
// Stronger than: such a command is not applied. It is rejected with its reason, as is a document of the run, the night
// comes to its own sums all the same, and the invariants hold.
func TestRunComplete_IsRefusedBeforeTheShardsAreThrough(t *testing.T) {
	t.Parallel()
	w := &worker.Worker{}
	w.SetNotYetMax(time.Second)
	s := afterOctoberWith(t, w)
	startNovember(s)
	end := order("run.complete.v1", "nightly/2026-11-01", "complete/nightly/2026-11-01", domain.CompleteRun{
		Examined: 99, Billed: 99, Totals: []events.ControlTotal{}, Shards: []events.ShardTotals{}})
	end.Actor = events.Actor{System: "scheduler"}
	issue := order("billing.issue_document.v1", "2026-11/CUSTOMER/"+customer+"/DKK",
		"issue/2026-11/CUSTOMER/"+customer+"/DKK", domain.IssueDocument{Run: "nightly/2026-11-01", Lines: 99})
	issue.Actor = end.Actor
	s.send(end, issue)
	for _, o := range []command.Command{end, issue} {
		outcome := s.outcome(o)
		require.Equal(t, domain.StatusRejected, outcome.Status)
		require.Equal(t, domain.CodeNotReady, outcome.Error.Code)
	}
	s.night() // the scheduler's own steps have these ids: it sends them under others
	require.EqualValues(t, 1, s.completed("nightly/2026-11-01").Billed)
	s.audited()
}
