package worker_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/scheduler"
)

// Stronger than: the day from which a subject is due is the same after a repair of its state. The documents of the
// repaired employee are those of the other one, too.
func TestRepairState_LeavesMissedNightsTheirMoney(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2))
	s.outcome(hire(1))
	s.outcome(hire(2))
	s.night()
	s.clock.set("2026-11-03T06:00:00Z") // the nights of 1 and 2 November are missing
	row, _, err := s.store.Subject(t.Context(), stream(1))
	require.NoError(t, err)
	shard := store.ShardOf(store.FamilyEmployee, contract.PartitionOf([]byte(employeeID(1)), environment.Partitions))
	s.repaired(store.Repair{Shard: shard, Action: store.RepairState, Stream: stream(1)})
	after, _, err := s.store.Subject(t.Context(), stream(1))
	require.NoError(t, err)
	require.Equal(t, billing.MustDate("2026-11-01"), row.BillDue)
	require.Equal(t, row.BillDue, after.BillDue)
	s.night()
	documents := map[string]map[string]bool{}
	for _, l := range s.lines() {
		if documents[l.Employee] == nil {
			documents[l.Employee] = map[string]bool{}
		}
		documents[l.Employee][l.DocumentRef] = true
	}
	require.Equal(t, documents[employeeID(2)], documents[employeeID(1)])
	s.audited()
}

// Stronger than: fewer than five lines are logged in five seconds of an approved night after whose plan more changed
// than may. One is, over twenty polls, and the state of the night says so.
func TestDriver_WaitsQuietlyWhenTooMuchChangedSinceTheApprovedPlan(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1), hire(2), hire(3))
	for n := 1; n <= 3; n++ {
		s.outcome(hire(n))
	}
	d, by := s.driver(), runs.Who{Actor: events.Actor{AccessLevel: "ADMIN", Employee: employeeID(9)}}
	var logged running.Journal
	d.Log = slog.New(slog.NewTextHandler(&logged, nil))
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-10-31"))
	require.NoError(t, err)
	d.Bounds = scheduler.Bounds{Lines: 1}
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	judged.ChangedMax = 1
	keep, err := runs.Keep(judged, runs.Who{Actor: events.Actor{AccessLevel: "ADMIN", Employee: employeeID(8)}})
	require.NoError(t, err)
	approve := runs.Approve(plan.Run, plan.Digest, "seen", by)
	for _, o := range []command.Command{keep, title(1, "a"), title(2, "b"), approve} {
		o.At = time.Now()
		s.send(o)
		require.Equal(t, domain.StatusApplied, s.outcome(o).Status, o.Type)
	}
	for range 20 {
		status, err := d.Ensure(t.Context())
		require.NoError(t, err)
		require.Equal(t, runstate.StateChanged, status.State)
		require.Equal(t, plan.Digest, status.Plan)
	}
	require.Equal(t, 1, strings.Count(logged.String(), "level=ERROR"), "once, not at every poll")
	blocked, err := runs.Blocked(t.Context(), s.store, plan.BusinessDate)
	require.NoError(t, err)
	require.Equal(t, runstate.StateChanged, blocked.State)
}

func TestHaltNow_HoldsWithTheStreamOfHaltsParked(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.startWorker()
	s.company()
	s.send(hire(1))
	s.outcome(hire(1))
	halts := store.ShardOf(store.FamilyBilling, contract.PartitionOf([]byte(domain.HaltID), environment.Partitions))
	s.sql("INSERT INTO subjects (shard, stream, version, parked, state) VALUES ($1::integer, 'halt/runs', 0, true, '{}')",
		int32(halts))
	by := runs.Who{Actor: events.Actor{AccessLevel: "ADMIN"}}
	require.NoError(t, runs.HaltNow(t.Context(), s.store, "invoicing", "prices look wrong", by, s.clock.Now()))
	d := s.driver()
	for range 10 {
		status, err := d.Ensure(t.Context())
		require.NoError(t, err)
		require.Equal(t, runstate.StateHalted, status.State)
	}
	require.Empty(t, s.lines())

	s.sql("DELETE FROM parked WHERE stream = 'halt/runs'")
	s.sql("UPDATE subjects SET parked = false WHERE stream = 'halt/runs'")
	d = s.driver()
	s.eventually("the event of the halt follows", func() bool {
		_, err := d.Ensure(context.Background())
		require.NoError(t, err)
		all, err := s.store.Halts(context.Background())
		require.NoError(t, err)
		if len(all) == 1 && all[0].Unrecorded { // the first command for it was in the queue that was emptied
			by := runs.Halt("invoicing", "prices look wrong", by)
			by.At = time.Now()
			s.send(by)
		}
		return len(all) == 1 && !all[0].Unrecorded
	})
	resume := runs.Resume("invoicing", "prices are right", by)
	resume.At = time.Now()
	s.send(resume)
	require.Equal(t, domain.StatusApplied, s.outcome(resume).Status)
	s.night()
	require.NotEmpty(t, s.lines())
}

// TestRun_LeavesWhoIsNewerThanItsCatalogueToTheNextNight hires an employee on a product that was put into the catalogue
// after the plan.
func TestRun_LeavesWhoIsNewerThanItsCatalogueToTheNextNight(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-31T12:00:00Z")
	s.startWorker()
	s.company()
	d, by := s.driver(), runs.Who{Actor: events.Actor{AccessLevel: "ADMIN"}}
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-10-31"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	keep, err := runs.Keep(judged, by)
	require.NoError(t, err)
	const fresh = "52f4fd7734697b2800000009"
	put := order("catalog.put_product.v1", fresh, "fresh", object{
		"type": "PBX_USER", "recurrence": "MONTHLY", "price": "10.00", "wholesale": "5"})
	create := order("employee.create.v1", employeeID(1), "hire-fresh", object{
		"customer": customer, "name": "Sample employee", "product": fresh, "effective": "2026-10-01"})
	for _, o := range []command.Command{keep, put, create} {
		o.At = time.Now()
		s.send(o)
		require.Equal(t, domain.StatusApplied, s.outcome(o).Status, o.Type)
	}
	s.night()
	require.NotContains(t, s.types(employeeID(1)), events.BillingHeld{}.EventType())
	require.Empty(t, s.lines())
	reasons, err := s.store.RunReasons(t.Context(), plan.Run, 10)
	require.NoError(t, err)
	require.Len(t, reasons, 1)
	require.Equal(t, domain.ReasonNotDue, reasons[0].Reason)
	run, err := runstate.Read(t.Context(), s.store, plan.Run)
	require.NoError(t, err)
	require.Equal(t, plan.CatalogVersion, run.Started.CatalogVersion)

	s.clock.set("2026-11-01T06:00:00Z")
	s.night()
	require.NotEmpty(t, s.lines())
	require.NotContains(t, s.types(employeeID(1)), events.BillingHeld{}.EventType())
	s.audited()
}
