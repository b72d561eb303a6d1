package worker_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/worker"
)

// Commands of users come while a run goes through the same employees one by one. Each takes effect, and what is billed
// by this run or the next one is what is billed when they come after the run.
func TestRun_CommandsThatRaceItAreBilledOnce(t *testing.T) {
	t.Parallel()
	const staff = 24
	bill := func(t *testing.T, race bool) []string {
		t.Helper()
		s := newSystem(t, "2026-10-31T12:00:00Z")
		s.startWith(&worker.Worker{ChunkEmployees: 1})
		s.company()
		for n := range staff {
			s.send(hire(n))
		}
		for n := range staff {
			s.outcome(hire(n))
		}
		s.night()
		s.clock.set("2026-11-01T06:00:00Z")
		var orders []command.Command
		for n := range staff {
			orders = append(orders, order("employee.add_addon.v1", employeeID(n), fmt.Sprintf("more-%d", n), object{
				"_id": fmt.Sprintf("5d1%021d", n), "product": light, "units": 1, "start": "2026-11-01"}),
				order("employee.schedule_product_change.v1", employeeID(n), fmt.Sprintf("other-%d", n), object{
					"newProduct": pbxPlus}))
		}
		if !race {
			s.night()
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for _, o := range orders {
				s.send(o)
			}
		}()
		if race {
			s.night()
		}
		<-sent
		for _, o := range orders {
			require.Equal(t, domain.StatusApplied, s.outcome(o).Status, o.ID)
		}
		s.clock.set("2026-12-01T06:00:00Z")
		s.night()
		s.audited()
		return sums(s.lines())
	}
	require.Equal(t, bill(t, false), bill(t, true))
}

// sums are what lines come to for each source, whatever run billed it and in how many parts.
func sums(lines []billing.Line) (all []string) {
	amounts := map[string]decimal.Decimal{}
	for _, l := range lines {
		key := fmt.Sprint(l.Ledger, " ", l.Employee, " ", l.Source, " ", l.Product)
		amounts[key] = amounts[key].Add(l.Amount.Decimal())
	}
	for key, amount := range amounts {
		all = append(all, key+" "+amount.StringFixed(2))
	}
	slices.Sort(all)
	return all
}
