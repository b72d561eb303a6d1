package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/history"
	"tenure/internal/reconcile"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/environment"
	"tenure/internal/test/running"
	"tenure/projections"
)

// The customers of a year, by currency.
var payers = map[string]string{
	"DKK": "52f4fd7734697b2800000031", "EUR": "52f4fd7734697b2800000032", "JPY": "52f4fd7734697b2800000033",
}

// policies are ten changes of the policy; each holds from the first of its month.
var policies = []struct {
	month       int
	key, values string
}{
	{2, "changeDay", "OLD_STATE"}, {2, "ledgers", "CUSTOMER,RESELLER"}, {3, "proration", "PERIOD_DAYS"},
	{4, "rounding", "HALF_EVEN"}, {5, "ledgers", "CUSTOMER,RESELLER,COST"}, {6, "changeDay", "NEW_STATE"},
	{7, "creditMethod", "PRORATE_BILLED"}, {8, "proration", "MONTH_FIRST"}, {9, "billingMode", "IN_ARREARS"},
	{11, "billingMode", "IN_ADVANCE"},
}

// TestYear_OfNightsWithTenPoliciesAndThreeCurrencies runs every night of a year, in make test of its first weeks, and
// changes something each week. Every invariant holds, the topics have what the log has, and each line is made again.
func TestYear_OfNightsWithTenPoliciesAndThreeCurrencies(t *testing.T) {
	t.Parallel()
	weeks := 6
	if os.Getenv("TENURE_LONG") == "1" {
		weeks = 53
	}
	s := newSystem(t, "2026-01-01T08:00:00Z")
	s.startWorker()
	s.readsInvoices()
	s.threeCurrencies()
	for n := range 6 {
		currency := []string{"DKK", "EUR", "JPY"}[n%3]
		s.order("employee.create.v1", employeeID(n), object{"customer": payers[currency], "product": basic,
			"name": fmt.Sprintf("Sample employee %02d", n)})
		s.order("employee.add_addon.v1", employeeID(n), object{"_id": addonOf(n), "product": lamp,
			"start": fmt.Sprintf("2026-01-%02d", 2+5*n)})
	}
	s.tenPolicies()
	day := billing.MustDate("2026-01-01")
	for week := range weeks {
		day = day.AddDays(7)
		s.goTo(day.String() + "T08:00:00Z")
		s.nights()
		s.changesOf(week, day)
	}
	s.audited()
	for n := range 6 {
		s.madeAgain(n)
	}
	for first := billing.MustDate("2026-02-01"); first <= day; first = first.AddMonths(1, 1) {
		s.verified(domain.RunID(domain.RunNightly, first))
	}
}

// readsInvoices keeps the read models of lines and documents, which the comparison with the topics reads.
func (s *system) readsInvoices() {
	own := environment.Store(s.t, s.dsn)
	reader := feed.NewReader(own)
	s.background(func(ctx context.Context) error {
		return feed.Run(ctx, feed.Config{Store: own, Log: running.Log(), Subscribers: []feed.Subscriber{
			feed.Project(reader, projections.Lines{}), feed.Project(reader, projections.Documents{}),
		}})
	})
}

func addonOf(n int) string { return fmt.Sprintf("52f4fd7734697b2a%08x", 0x100+n) }

// threeCurrencies makes a customer of each currency, and prices in all of them.
func (s *system) threeCurrencies() {
	s.company()
	for currency, id := range payers {
		s.order("catalog.put_customer.v1", id, object{"reseller": reseller, "features": []string{"PBX"}, "currency": currency,
			"name": "Sample customer in " + currency})
	}
	for i, product := range []string{basic, large, lamp} {
		for currency, price := range map[string]string{"EUR": "7.35", "JPY": "1185"} {
			s.order("catalog.set_price.v1", product, object{"ledger": "CUSTOMER", "amount": price, "currency": currency,
				"effective": "2026-01-01"})
		}
		for ledger, price := range map[string]string{"RESELLER": "20.15", "COST": "12.005"} {
			s.order("catalog.set_price.v1", product, object{"ledger": ledger, "amount": price + fmt.Sprint(i),
				"effective": "2026-01-01"})
		}
	}
}

func (s *system) tenPolicies() {
	for _, p := range policies {
		s.order("billing.set_policy.v1", domain.PolicyID, object{"key": p.key, "value": p.values,
			"from": fmt.Sprintf("2026-%02d-01", p.month), "reason": "a year"})
	}
}

// changesOf a week: units, an end that is taken back, another product, a part of a line.
func (s *system) changesOf(week int, day billing.Date) {
	n := week % 6
	addon := object{"_id": addonOf(n)}
	switch week % 5 {
	case 0:
		addon["units"], addon["effective"] = 1+week%3, day.AddDays(-3).String()
		s.order("employee.update_addon.v1", employeeID(n), addon)
	case 1:
		addon["terminate"] = day.AddDays(10).String()
		s.order("employee.terminate_addon.v1", employeeID(n), addon)
	case 2:
		s.order("employee.schedule_product_change.v1", employeeID(n), object{"newProduct": []string{large, basic}[week/5%2]})
	case 3:
		addon["_id"], addon["terminate"] = addonOf((week-2)%6), nil
		s.order("employee.terminate_addon.v1", employeeID((week-2)%6), addon)
	default:
		for _, l := range s.lines(n) {
			if l.Kind == billing.Charge && l.Period.From.AddDays(40) > day {
				s.send("billing.credit_line.v1", employeeID(n), object{"line": l.ID, "share": "0.1", "reason": "goodwill"})
				return
			}
		}
	}
}

// madeAgain bills an employee again from its history, each night by what its run had pinned: every line is the same.
func (s *system) madeAgain(n int) {
	s.t.Helper()
	ctx := context.Background()
	e := &domain.Employee{ID: employeeID(n)}
	reader := catalog.New(s.store, nil)
	for recorded, err := range history.Each(ctx, s.store, domain.Stream(domain.KindEmployee, employeeID(n)), 1) {
		require.NoError(s.t, err)
		if made, ok := recorded.Event.(events.EmployeeInvoiced); ok {
			run, err := runstate.Read(ctx, s.store, made.Run)
			require.NoError(s.t, err)
			policy, err := runstate.Policy(run)
			require.NoError(s.t, err)
			then, err := reader.At(ctx, store.Place{Position: run.Started.CatalogVersion})
			require.NoError(s.t, err)
			w := domain.World{Now: recorded.At, Catalog: then.Catalog, Policy: then.Catalog.PolicyOn(made.AsOf, policy)}
			decided, _, err := e.Invoice(w, made.Run, made.AsOf)
			require.NoError(s.t, err)
			require.Equal(s.t, linesIn(s.t, made), linesIn(s.t, decided...), "%s of employee %d", made.Run, n)
		}
		e.Evolve(recorded.Event)
	}
}

func linesIn(t *testing.T, all ...events.Event) string {
	t.Helper()
	for _, event := range all {
		if made, ok := event.(events.EmployeeInvoiced); ok {
			raw, err := json.Marshal(made.Lines)
			require.NoError(t, err)
			return string(raw)
		}
	}
	return ""
}

// verified compares the log of a run, its totals and its topics.
func (s *system) verified(run string) {
	s.t.Helper()
	require.NoError(s.t, feed.Caught(s.t.Context(), s.store, nil, feed.RelayName, projections.Lines{}.Name(),
		projections.Documents{}.Name()))
	lookup, err := bus.NewTopicReader(s.bus)
	require.NoError(s.t, err)
	defer lookup.Close()
	report, err := reconcile.Run(s.t.Context(), reconcile.Source{Store: s.store, Lookup: lookup},
		reconcile.Options{Run: run})
	require.NoError(s.t, err)
	require.True(s.t, report.Whole(), "%s: %+v", run, report)
}
