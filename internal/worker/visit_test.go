package worker_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/worker"
)

// startSmall runs a worker whose chunks are one employee each, so that a run looks for the next one behind each.
func (s *system) startSmall() {
	s.t.Helper()
	s.startWith(&worker.Worker{ChunkEmployees: 1})
}

// park marks an employee as parked, as a command does that cannot be applied.
func (s *system) park(id string) {
	s.t.Helper()
	b := &pgx.Batch{}
	b.Queue("UPDATE subjects SET parked = true WHERE stream = $1::text", "employee/"+id)
	require.NoError(s.t, s.store.InTx(context.Background(), b))
}

func TestVisit_AParkedEmployeeIsSkippedOnceEachNightAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	s.startSmall()
	s.company()
	s.send(hire(1), hire(2))
	for n := 1; n <= 2; n++ {
		require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
	}
	s.park(employeeID(1))
	for _, night := range []string{"2026-10-30T12:00:00Z", "2026-10-31T00:30:00Z", "2026-11-01T00:30:00Z"} {
		s.clock.set(night)
		s.night()
		run := "nightly/" + night[:len("2026-10-30")]
		reasons, err := s.store.RunReasons(context.Background(), run, 10)
		require.NoError(t, err)
		require.Equal(t, []store.Reason{{Stream: "employee/" + employeeID(1), Reason: "PARKED",
			Detail: "a command of the employee is parked"}}, reasons, run)
	}
	require.Len(t, s.lines(), 2*2*2, "the other one is billed: two months of two sources in two ledgers")
}

func TestVisit_WhoIsTouchedWhileNightsAreMissedIsBilledByTheNightInWhichItWasDue(t *testing.T) {
	t.Parallel()
	quiet, touched := newSystem(t, "2026-10-30T12:00:00Z"), newSystem(t, "2026-10-30T12:00:00Z")
	for _, s := range []*system{quiet, touched} {
		s.startWorker()
		s.company()
		s.send(hire(1), hire(2))
		for n := 1; n <= 2; n++ {
			require.Equal(t, domain.StatusApplied, s.outcome(hire(n)).Status)
		}
		s.night()
		s.clock.set("2026-11-03T00:30:00Z")
		if s == touched {
			busy := order("employee.set_presence.v1", employeeID(1), "busy", object{"state": "BUSY"})
			s.send(busy)
			require.Equal(t, domain.StatusApplied, s.outcome(busy).Status)
		}
		s.night()
	}
	require.Equal(t, billed(quiet.lines()), billed(touched.lines()))
	november := touched.completed("nightly/2026-11-01")
	require.Equal(t, int64(2), november.Billed)
	late, ok := find(touched.lines(), func(l billing.Line) bool {
		return l.Period.From == billing.MustDate("2026-11-01") && l.DocumentRef == ""
	})
	require.False(t, ok, "%v", late)
}

func TestVisit_CommandsThatMakeMoreEventsThanATransactionTakesAreHalved(t *testing.T) {
	t.Parallel()
	s := newSystem(t, "2026-10-30T12:00:00Z")
	stop := s.startWorker()
	s.company()
	stop()
	const commands, addons = 600, 20
	var all []command.Command
	for n := 0; len(all) < commands; n++ {
		if o := hire(n); contract.PartitionOf([]byte(o.Subject), environment.Partitions) == 0 {
			more := make([]object, addons)
			for i := range more {
				more[i] = object{"_id": fmt.Sprintf("5d%011d%011d", n, i), "product": light, "units": 1, "start": "2026-10-10"}
			}
			o.Data.(object)["addonProducts"] = more
			all = append(all, o)
		}
	}
	s.send(all...)
	s.startWorker()
	require.Equal(t, domain.StatusApplied, s.outcome(all[commands-1]).Status)
	require.Equal(t, int64(commands), s.answered())
	require.GreaterOrEqual(t, s.heads()[0], int64(commands*(addons+2)))
	s.audited()
}
