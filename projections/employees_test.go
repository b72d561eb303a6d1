package projections_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func day(s string) billing.Date { return billing.MustDate(s) }

func amount(s string) *billing.Amount {
	a := billing.MustAmount(s)
	return &a
}

func text(s string) *string { return &s }

// aLife has every event of an employee, and leaves it with something of everything.
func aLife(n int) []feedtest.Entry {
	return feedtest.Of(feedtest.Employee(n),
		feedtest.Created(n),
		events.ProductAssigned{Product: "product-1", From: day("2026-03-01")},
		events.EmployeeUpdated{AccessLevel: "MANAGER", State: "DISABLED",
			Attributes: events.Attributes{"language": json.RawMessage(`null`),
				"features": json.RawMessage(`["DASHBOARD_EDITOR"]`)},
			Personal: events.Attributes{"title": json.RawMessage(`"Sample title"`)}},
		events.BillingCustomerChanged{Effective: day("2026-04-10"), BillingCustomer: "customer-2"},
		events.ProductChangeScheduled{Product: "product-2", From: day("2026-05-01")},
		events.ProductChangeCancelled{},
		events.ProductChangeScheduled{Product: "product-3", From: day("2026-05-01")},
		events.AddonAdded{Addon: events.Addon{ID: "addon-1", Product: "product-9", Units: billing.MustAmount("2"),
			Start:         day("2026-03-15"),
			InvoicedUntil: day("2026-03-31")}},
		events.AddonUpdated{ID: "addon-1", Effective: day("2026-04-15"), Units: amount("3"), UnitPrice: amount("12.5"),
			Name: text("Lamp")},
		events.AddonUpdated{ID: "addon-1", Effective: day("2026-06-01"), ClearUnitPrice: true},
		events.AddonTerminated{ID: "addon-1", Terminate: day("2026-12-01")},
		events.ExtensionAssigned{Extension: events.Extension{ID: "x-1", Number: "101"}},
		events.ExtensionAssigned{Extension: events.Extension{ID: "x-2", Number: "102"}},
		events.ExtensionAssigned{Extension: events.Extension{ID: "x-1", Number: "109"}},
		events.ExtensionAssigned{Extension: events.Extension{ID: "x-3"}}, events.ExtensionUnassigned{ID: "x-3"},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m-1", State: "ACTIVE", NumberState: "PORTING_IN",
			NewRatePlan: "r-2"}},
		events.MvnoAccountAttached{Account: events.MvnoAccount{ID: "m-2"}}, events.MvnoAccountDetached{ID: "m-2"},
		events.BillingHeld{Reason: "NO_PRICE"}, events.BillingReleased{},
		feedtest.Invoiced(n, "2026-04"),
		events.DeletionScheduled{Date: day("2026-05-20"), At: time.Date(2026, 5, 20, 20, 0, 0, 0, time.UTC)},
		events.DeletionCancelled{},
		events.DeletionScheduled{Date: day("2026-06-20"), At: time.Date(2026, 6, 20, 20, 0, 0, 0, time.UTC),
			DeleteExtensions: true},
	)
}

func TestEmployees_ShowWhatAHistoryLeaves(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.KeepSubjects = true
	appendInPages(j, 7, aLife(1))
	project(t, db, projections.Directory{})

	e, found, err := projections.EmployeeByID(t.Context(), db, feedtest.Employee(1)[len("employee/"):])
	require.NoError(t, err)
	require.True(t, found)
	require.EqualValues(t, 1025, e.Number)
	require.Equal(t, []string{"customer-1", "reseller-1", "DKK", "MANAGER", "DISABLED"},
		[]string{e.Customer, e.Reseller, e.Currency, e.AccessLevel, e.State})
	require.JSONEq(
		t, `{"noEmail":false,"features":["DASHBOARD_EDITOR"],"name":"Sample employee 01","title":"Sample title"}`,
		string(e.Properties), "null takes a property away")
	require.Equal(t, "product-1", e.ProductOn(day("2026-04-30")))
	require.Equal(t, &projections.NewProduct{Product: "product-3", From: day("2026-05-01")}, e.NewProduct)
	require.Equal(t, []string{"customer-1", "customer-2"},
		[]string{e.PayerOn(day("2026-04-09")), e.PayerOn(day("2026-04-10"))})
	require.Equal(t, []events.Extension{{ID: "x-1", Number: "109"}, {ID: "x-2", Number: "102"}}, e.Extensions)
	require.Equal(t, []events.MvnoAccount{{ID: "m-1", State: "ACTIVE", NumberState: "PORTING_IN", NewRatePlan: "r-2"}},
		e.Accounts)
	require.Equal(t, &projections.Deletion{Date: day("2026-06-20"), At: time.Date(2026, 6, 20, 20, 0, 0, 0, time.UTC),
		DeleteExtensions: true}, e.Deletion)
	require.Empty(t, e.Held)
	require.Equal(t, day("2026-04-30"), e.InvoicedUntil(billing.ProductSource), "the last day covered, inclusive")
	require.Equal(t, day("2026-03-31"), e.InvoicedUntil("addon-1"), "billed before it came to us")
	require.EqualValues(t, j.Head(7), e.Position)

	addon := e.Addon("addon-1")
	require.Equal(t, "Lamp", addon.Name)
	require.Equal(t, day("2026-12-01"), addon.Terminate)
	require.Equal(t, []string{"2", "3"},
		[]string{addon.UnitsOn(day("2026-04-14")).String(), addon.UnitsOn(day("2026-04-15")).String()})
	require.Nil(t, addon.UnitPriceOn(day("2026-04-14")))
	require.Equal(t, amount("12.5"), addon.UnitPriceOn(day("2026-05-31")))
	require.Nil(t, addon.UnitPriceOn(day("2026-06-01")), "back to the catalogue's price")
	again(t, db, projections.Directory{}, "directory")
}

func TestEmployees_ADeletionTakesConfirmedPhonesAndAccounts(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	id := feedtest.Employee(2)[len("employee/"):]
	appendInPages(j, 7, aLife(2))
	j.Append(7, feedtest.Of(feedtest.Employee(2),
		events.DeletionStarted{Date: day("2026-06-20"), DiscardedProduct: "product-3"},
		events.ExtensionDeletionRequested{ID: "x-1", Attempt: 1},
		events.MvnoDeletionRequested{ID: "m-1", Attempt: 1})...)
	project(t, db, projections.Directory{})
	e, _, err := projections.EmployeeByID(t.Context(), db, id)
	require.NoError(t, err)
	require.True(t, e.Deletion.Started)
	require.Nil(t, e.NewProduct, "discarded")
	require.Len(t, e.Extensions, 2, "its own until the PBX confirms")
	require.Equal(t, []events.MvnoAccount{{ID: "m-1", State: "DELETING", NumberState: "IN_USE"}}, e.Accounts)

	j.Append(7, feedtest.Of(feedtest.Employee(2), events.ExtensionDeleted{ID: "x-1"}, events.MvnoAccountDeleted{ID: "m-1"},
		events.EmployeeDeleted{Date: day("2026-06-20")})...)
	project(t, db, projections.Directory{})
	e, found, err := projections.EmployeeByID(t.Context(), db, id)
	require.NoError(t, err)
	require.True(t, found, "a deleted employee is found by its id")
	require.Equal(t, "DELETED", e.State)
	require.Len(t, e.Extensions, 1)
	require.Empty(t, e.Accounts)
	again(t, db, projections.Directory{}, "directory")
}

func TestEmployees_AListHasPageAndTotalAndHidesTheDeleted(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	for n := range 5 {
		j.Append(1, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
	}
	j.Append(1, feedtest.Of(feedtest.Employee(1), events.EmployeeDeleted{Date: day("2026-04-01")})...)
	elsewhere := feedtest.Created(6)
	elsewhere.Customer = "customer-2"
	j.Append(1, feedtest.Of(feedtest.Employee(6), elsewhere)...)
	project(t, db, projections.Directory{})

	page, total, err := projections.EmployeesOf(t.Context(), db, projections.EmployeesQuery{Customer: "customer-1",
		Offset: 1, Limit: 2})
	require.NoError(t, err)
	require.EqualValues(t, 4, total)
	require.Equal(t, []int64{2049, 3073}, []int64{page[0].Number, page[1].Number})
	_, total, err = projections.EmployeesOf(t.Context(), db, projections.EmployeesQuery{Customer: "customer-1",
		IncludeDeleted: true})
	require.NoError(t, err)
	require.EqualValues(t, 5, total)
	_, found, err := projections.EmployeeByID(t.Context(), db, "nobody")
	require.NoError(t, err)
	require.False(t, found)
	again(t, db, projections.Directory{}, "directory")
}

func TestEmployees_CreditsTakeDaysBack(t *testing.T) {
	t.Parallel()
	// Each row: what lines did to the days of April, and the last day invoiced afterwards.
	rows := []struct {
		name  string
		lines []billing.Line
		until string
	}{
		{"charged to the end", []billing.Line{charge("2026-04-01", "2026-05-01")}, "2026-04-30"},
		{"credited from the 21st", []billing.Line{charge("2026-04-01", "2026-05-01"), credit("2026-04-21", "2026-05-01")},
			"2026-04-20"},
		{"credited in the middle", []billing.Line{charge("2026-04-01", "2026-05-01"), credit("2026-04-10", "2026-04-20")},
			"2026-04-30"},
		{"credited whole", []billing.Line{charge("2026-04-01", "2026-05-01"), credit("2026-04-01", "2026-05-01")}, ""},
		{"charged again at other terms", []billing.Line{charge("2026-04-01", "2026-05-01"),
			credit("2026-04-10", "2026-05-01"),
			charge("2026-04-10", "2026-05-01")}, "2026-04-30"},
		{"a second month", []billing.Line{charge("2026-04-01", "2026-05-01"), charge("2026-05-01", "2026-06-01")},
			"2026-05-31"},
		{"an earlier month later", []billing.Line{charge("2026-04-01", "2026-05-01"), charge("2026-03-01", "2026-04-01")},
			"2026-04-30"},
		{
			"by hand",
			[]billing.Line{charge("2026-04-01", "2026-05-01"), {Kind: billing.Charge, Ledger: billing.Customer,
				Source: "product", Manual: true}},
			"2026-04-30",
		},
	}
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	j.KeepSubjects = true
	for n, row := range rows {
		j.Append(2, feedtest.Of(feedtest.Employee(n), feedtest.Created(n))...)
		for _, l := range row.lines {
			j.Append(2, feedtest.Of(feedtest.Employee(n), events.EmployeeInvoiced{Lines: []billing.Line{l}})...)
		}
	}
	project(t, db, projections.Directory{})
	for n, row := range rows {
		e, _, err := projections.EmployeeByID(t.Context(), db, feedtest.Employee(n)[len("employee/"):])
		require.NoError(t, err)
		require.Equal(t, row.until, e.InvoicedUntil(billing.ProductSource).String(), row.name)
	}
	again(t, db, projections.Directory{}, "directory")
}

func charge(from, to string) billing.Line {
	return billing.Line{Kind: billing.Charge, Ledger: billing.Customer, Source: billing.ProductSource,
		Period: billing.Period{From: day(from), To: day(to)}}
}

func credit(from, to string) billing.Line {
	l := charge(from, to)
	l.Kind = billing.Credit
	return l
}
