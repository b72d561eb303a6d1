package worker_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/test/environment"
)

// backup copies the database as it is; only s.store may be connected.
func (s *system) backup() (dsn string) {
	s.t.Helper()
	address, err := url.Parse(s.dsn)
	require.NoError(s.t, err)
	name := address.Path[1:]
	s.store.Close()
	address.Path = "/postgres"
	conn, err := pgx.Connect(context.Background(), address.String())
	require.NoError(s.t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	s.eventually("the database is copied", func() bool { // sessions of a worker that has stopped end a moment later
		_, err := conn.Exec(context.Background(),
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
		require.NoError(s.t, err)
		_, err = conn.Exec(context.Background(), "CREATE DATABASE "+name+"_backup TEMPLATE "+name)
		return err == nil
	})
	s.store = environment.Store(s.t, s.dsn)
	address.Path = "/" + name + "_backup"
	return address.String()
}

// failover puts a copy in the place of the database; the address stays.
func (s *system) failover(standby string) {
	s.t.Helper()
	address, err := url.Parse(s.dsn)
	require.NoError(s.t, err)
	name := address.Path[1:]
	other, err := url.Parse(standby)
	require.NoError(s.t, err)
	address.Path = "/postgres"
	conn, err := pgx.Connect(context.Background(), address.String())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	s.eventually("the database is renamed", func() bool {
		_, err := conn.Exec(context.Background(),
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
		require.NoError(s.t, err)
		_, err = conn.Exec(context.Background(), "ALTER DATABASE "+name+" RENAME TO "+name+"_lost")
		return err == nil
	})
	_, err = conn.Exec(context.Background(), "ALTER DATABASE "+other.Path[1:]+" RENAME TO "+name)
	require.NoError(s.t, err)
	s.t.Cleanup(func() {
		_, _ = conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name+"_lost WITH (FORCE)")
	})
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
// As strong as: such a command is not applied.
func TestRunComplete_IsRefusedBeforeTheShardsAreThrough(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	d, by := s.driver(), runs.Who{Actor: events.Actor{AccessLevel: "ADMIN"}}
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-11-01"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	keep, err := runs.Keep(judged, by)
	require.NoError(t, err)
	keep.At = time.Now()
	s.send(keep)
	require.Equal(t, domain.StatusApplied, s.outcome(keep).Status)
	run, err := runstate.Read(t.Context(), s.store, plan.Run)
	require.NoError(t, err)
	start := runs.Start(run, d.Shards, 0, by)
	start.At = time.Now()
	s.send(start)
	require.Equal(t, domain.StatusApplied, s.outcome(start).Status, "its shards have not opened it")
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
