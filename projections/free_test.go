package projections_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestFreeRows_AreWhatUserProductsInclude(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	first := billing.MustDate("2026-04-01")
	addon := func(id, units string) events.Event {
		return events.AddonAdded{Addon: events.Addon{ID: id, Product: "light", Units: billing.MustAmount(units),
			Start: first}}
	}
	j.Append(store.ShardOf(store.FamilyEmployee, 2), feedtest.Of("employee/e1",
		events.EmployeeCreated{Number: 1, Customer: "c1", Reseller: "r1", State: "ENABLED"},
		events.ProductAssigned{Product: "user", From: first}, addon("a1", "2"), addon("a2", "2"))...)
	project(t, db, projections.Directory{})

	once, price := billing.Monthly, billing.MustAmount("10")
	catalog := billing.Products{
		"user": {ID: "user", Recurrence: once, Price: billing.Always(&price),
			Included: []billing.Included{{Product: "light", Amount: billing.MustAmount("3")}}},
		"light": {ID: "light", Recurrence: once, Price: billing.Always(&price)},
	}
	policy, err := billing.DefaultPolicy().Ready()
	require.NoError(t, err)
	april := billing.Period{From: first, To: billing.MustDate("2026-05-01")}
	line := func(source string, kind billing.Kind) projections.Line {
		return projections.Line{Line: billing.Line{Employee: "e1", Source: source, Kind: kind, Period: april, Scale: 2,
			Currency: "DKK"}}
	}
	rows, err := projections.FreeRows(t.Context(), db, []projections.Line{
		line(billing.ProductSource, billing.Charge), line(billing.ProductSource, billing.Credit), line("a2", billing.Charge),
	}, catalog, &policy)
	require.NoError(t, err)
	free := func(source, units string) projections.FreeRow {
		return projections.FreeRow{Employee: "e1", Source: source, Product: "light", From: first,
			ToInclusive: billing.MustDate("2026-04-30"), Quantity: billing.MustAmount(units), Amount: "0.00", Currency: "DKK"}
	}
	require.Equal(t, []projections.FreeRow{free("a1", "2"), free("a2", "1")}, rows,
		"the oldest addon is included whole, though no line names it")
}
