package simulate

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
)

func TestDecimals_SumsHaveTheDecimalsOfTheirCurrency(t *testing.T) {
	t.Parallel()
	policy := billing.DefaultPolicy()
	line := func(currency, amount string) ForecastLine {
		l := ForecastLine{Line: Line{Ledger: billing.Customer, BillTo: "C1", Currency: currency}}
		l.amount = decimal.RequireFromString(amount)
		return l
	}
	got := map[string]string{}
	for _, total := range totals([]ForecastLine{line("DKK", "1"), line("JPY", "300"), line("KWD", "1.5")}, &policy) {
		got[total.Currency] = total.Amount
	}
	require.Equal(t, map[string]string{"DKK": "1.00", "JPY": "300", "KWD": "1.500"}, got)
}
