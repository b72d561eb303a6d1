package console

import (
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/events"
)

func TestBehind_WeighsTheEmployeeThatDiffersMost(t *testing.T) {
	t.Parallel()
	d := decimal.RequireFromString
	total := func(currency, amount string) events.PlanTotal {
		return events.PlanTotal{Ledger: billing.Customer, Currency: currency, Amount: events.NewMoney(d(amount), 2)}
	}
	for name, row := range map[string]struct {
		totals         []events.PlanTotal
		before, first  string
		share, without string
	}{
		"one employee is the cause": {[]events.PlanTotal{total("DKK", "336087.40")}, "240255.75", "94905.00",
			"99 %", "241\u202f182.40 DKK, +0.4 %"},
		"nothing to compare with": {[]events.PlanTotal{total("DKK", "100.00")}, "0", "100.00", "", ""},
		"as much as before":       {[]events.PlanTotal{total("DKK", "100.00")}, "100.00", "5.00", "", ""},
		"it pulls the other way":  {[]events.PlanTotal{total("DKK", "90.00")}, "100.00", "5.00", "", ""},
		"less, because of one": {[]events.PlanTotal{total("DKK", "60.00")}, "100.00", "-30.00", "75 %",
			"90.00 DKK, \u221210.0 %"},
		"two currencies add up not": {[]events.PlanTotal{total("DKK", "60.00"), total("EUR", "1.00")}, "100.00",
			"-30.00", "", ""},
	} {
		b := behind{Rows: []behindRow{{difference: d(row.first)}}}
		b.weigh(d(row.before), &events.RunPlanned{Summary: events.PlanSummary{Totals: row.totals}})
		assert.Equal(t, [2]string{row.share, row.without}, [2]string{b.Share, b.Without}, name)
	}
	assert.False(t, bills(events.PresenceChanged{}), "presence is never billed")
	assert.True(t, bills(events.AddonAdded{}))
}
