package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/projections"
)

func TestPlan_ADateThatNeverStartsIsNotRecorded(t *testing.T) {
	t.Parallel()
	day := billing.MustDate
	missing := []billing.Date{day("2026-10-30"), day("2026-10-31")}
	require.NoError(t, mayStart(day("2026-10-30"), missing))
	require.NoError(t, mayStart(day("2026-11-01"), missing), "a plan ahead of its night")
	require.NoError(t, mayStart(day("2026-10-30"), nil))
	err := mayStart(day("2026-10-29"), missing)
	require.ErrorContains(t, err, "nightly/2026-10-29 never starts: the oldest missing run is nightly/2026-10-30")
	var refused *codedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, exitRefused, refused.code)
}

func TestEmployeeShow_OwnPricesHaveTheDecimalsOfTheCurrency(t *testing.T) {
	t.Parallel()
	p := billing.DefaultPolicy()
	for currency, shown := range map[string]string{"DKK": " 85.50 ", "JPY": " 85.5 ", "KWD": " 85.500 ", "": " 85.50 "} {
		price := billing.MustAmount("85.5")
		e := projections.Employee{Addons: []projections.Addon{{ID: "a1", Start: billing.MustDate("2026-10-01"),
			UnitPrice: billing.Always(&price)}}}
		var out bytes.Buffer
		addonTable(e, billing.MustDate("2026-10-30"), p.Decimals(currency)).Write(&out, "")
		require.Contains(t, out.String(), shown, currency)
	}
}
