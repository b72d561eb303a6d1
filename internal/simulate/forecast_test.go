package simulate

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/internal/test/golden"
)

const example = "../../docs/examples/employee.json"

func describe(t testing.TB, raw string) Described {
	t.Helper()
	d, err := ReadEmployee([]byte(raw))
	require.NoError(t, err)
	return d
}

func forecast(t testing.TB, raw, from, until string, policy ...Override) Forecast {
	t.Helper()
	var first billing.Date
	if from != "" {
		first = billing.MustDate(from)
	}
	f, err := describe(t, raw).Forecast(billing.DefaultPolicy(), first, billing.MustDate(until), policy...)
	require.NoError(t, err)
	return f
}

func TestForecast_TheExampleReadsAsABookkeeperExpects(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(example)
	require.NoError(t, err)
	var got strings.Builder
	require.NoError(t, forecast(t, string(raw), "", "2026-12-31").WriteTable(&got))
	golden.Compare(t, "testdata/example.txt", got.String())
}

const described = `{
	"employee": {"customer": "C1", "reseller": "R1"},
	"products": {"P": {"recurrence": "MONTHLY", "price": "31.00"}, "FREE": {"recurrence": "MONTHLY"}},
	"addons": [{"id": "A1", "product": "P", "start": "2025-10-11"}],
	"changes": CHANGES}`

func withChanges(changes string) string { return strings.Replace(described, "CHANGES", changes, 1) }

func nightsOf(f Forecast) (out []string) {
	for _, m := range f.Months {
		for _, l := range m.Lines {
			out = append(out, strings.Join([]string{l.Night.String(), l.From.String(), l.ToInclusive.String(), l.Amount}, " "))
		}
	}
	return out
}

func TestForecast_TheFirstNightIsTheFirstDayOfAnythingItHas(t *testing.T) {
	t.Parallel()
	f := forecast(t, withChanges(`[]`), "", "2025-12-31")
	require.Equal(t, "2025-10-11", f.From.String())
	require.Equal(t, []string{
		"2025-10-11 2025-10-11 2025-10-31 21.00",
		"2025-11-01 2025-11-01 2025-11-30 31.00",
		"2025-12-01 2025-12-01 2025-12-31 31.00",
	}, nightsOf(f))
	require.Equal(t, "2026-01-01", f.NextDue.String())
	require.Equal(t, []Total{{Ledger: billing.Customer, BillTo: "C1", Currency: "DKK", Amount: "83.00"}}, f.Totals)
}

func TestForecast_ALaterFirstNightCatchesUpWhatWasDueBefore(t *testing.T) {
	t.Parallel()
	f := forecast(t, withChanges(`[]`), "2025-12-24", "2025-12-31")
	require.Equal(t, []string{
		"2025-12-24 2025-10-11 2025-10-31 21.00",
		"2025-12-24 2025-11-01 2025-11-30 31.00",
		"2025-12-24 2025-12-01 2025-12-31 31.00",
	}, nightsOf(f))
}

func TestForecast_AChangeIsBilledInTheNightAfterItBecomesKnown(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Copenhagen", "Pacific/Auckland", "America/Los_Angeles"} {
		f := forecast(t, withChanges(`[{"on": "2025-11-10", "op": "terminate", "addon": "A1", "date": "2025-11-21"}]`), "",
			"2025-12-31", Override{"timezone", zone})
		require.Equal(t, "2025-11-11 2025-11-21 2025-11-30 -10.33", nightsOf(f)[2], zone)
		require.Len(t, nightsOf(f), 3)
		require.Zero(t, f.NextDue)
	}
}

func TestForecast_TheDayOfAChangeIsItsDayWhereNoneIsGiven(t *testing.T) {
	t.Parallel()
	f := forecast(t, withChanges(`[
		{"on": "2025-11-16", "op": "update", "addon": "A1", "units": "2"},
		{"on": "2025-11-02", "op": "billingCustomer", "to": "C2"},
		{"on": "2025-11-20", "op": "catalogPrice", "product": "P", "price": "62.00"}]`), "", "2025-12-01")
	require.Equal(t, []string{
		"2025-10-11 2025-10-11 2025-10-31 21.00",
		"2025-11-01 2025-11-01 2025-11-30 31.00",
		"2025-11-03 2025-11-02 2025-11-30 -29.97",
		"2025-11-03 2025-11-02 2025-11-30 29.97",
		"2025-11-17 2025-11-16 2025-11-30 -15.50",
		"2025-11-17 2025-11-16 2025-11-30 31.00",
		"2025-12-01 2025-12-01 2025-12-31 124.00",
	}, nightsOf(f))
}

func TestForecast_WhatIsHeldRefusedOrToBeReviewedIsReported(t *testing.T) {
	t.Parallel()
	f := forecast(t, withChanges(`[
		{"on": "2025-10-20", "op": "terminate", "addon": "A7", "date": null},
		{"on": "2025-11-02", "op": "addAddon", "addon": {"id": "A2", "product": "FREE", "start": "2025-11-05"}},
		{"on": "2025-11-12", "op": "terminate", "addon": "A2", "date": "2025-11-05"},
		{"on": "2025-11-13", "op": "addAddon", "addon": {"id": "A3", "product": "P", "start": "2025-11-01",
			"invoicedUntil": "2025-12-31", "terminate": "2025-12-11"}}]`), "", "2025-11-30")
	require.Len(t, f.Held, 1)
	require.Equal(t, "2025-11-05 to 2025-11-12 NO_PRICE",
		f.Held[0].From.String()+" to "+f.Held[0].Until.String()+" "+f.Held[0].Reason)
	var got strings.Builder
	require.NoError(t, f.WriteTable(&got))
	require.Contains(t, got.String(), "Refused on 2025-10-20: terminate: addonProducts\n")
	require.Contains(t, got.String(), "Held from 2025-11-05 to 2025-11-12: NO_PRICE: ")
	require.Contains(t, got.String(), "Review needed: A3 was billed elsewhere for 2025-12-11 to 2025-12-31, which it "+
		"does not serve\n")
	require.Contains(t, got.String(), "A2: not billed\n")
}

func TestForecast_AnEmployeeWithoutAnythingGetsNoLines(t *testing.T) {
	t.Parallel()
	f := forecast(t, `{"employee": {"customer": "C1"}, "products": {}}`, "2026-01-01", "2026-01-31")
	var got strings.Builder
	require.NoError(t, f.WriteTable(&got))
	require.Equal(t, "Nights from 2026-01-01 to 2026-01-31\n\nNo lines.\n\nNext due: never\n", got.String())
}
