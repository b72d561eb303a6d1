package domain_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func totalOf(s string) events.Money { return events.NewMoney(decimal.RequireFromString(s), 2) }

func TestSumTotals(t *testing.T) {
	t.Parallel()
	id := func(last string) uuid.UUID { return uuid.MustParse("00000000-0000-5000-8000-0000000000" + last) }
	total := func(l billing.Ledger, currency, amount string, lines int64, hash uuid.UUID) events.ControlTotal {
		return events.ControlTotal{Ledger: l, Currency: currency, Lines: lines, Amount: totalOf(amount), Hash: hash}
	}
	xor := func(a, b uuid.UUID) uuid.UUID {
		for i := range a {
			a[i] ^= b[i]
		}
		return a
	}
	shards := []events.ShardTotals{
		{Shard: 0, Totals: []events.ControlTotal{total(billing.Customer, "DKK", "100.10", 2, id("01")),
			total(billing.Cost, "DKK", "40.00", 2, id("02"))}},
		{Shard: 1},
		{Shard: 2, Totals: []events.ControlTotal{total(billing.Customer, "EUR", "7.00", 1, id("03")),
			total(billing.Customer, "DKK", "-0.10", 1, id("04"))}},
	}
	got := domain.SumTotals(shards)
	assert.Equal(t, []events.ControlTotal{
		total(billing.Customer, "DKK", "100.00", 3, xor(id("01"), id("04"))),
		total(billing.Cost, "DKK", "40.00", 2, id("02")),
		total(billing.Customer, "EUR", "7.00", 1, id("03")),
	}, got, "each ledger and currency by itself, with its decimals")

	assert.Empty(t, domain.SumTotals(nil))
}

func TestSumTotals_MayHaveMoreDigitsThanALine(t *testing.T) {
	t.Parallel()
	most := []events.ControlTotal{{Ledger: billing.Customer, Currency: "DKK", Amount: totalOf("9999999999999999.99")}}
	got := domain.SumTotals([]events.ShardTotals{{Totals: most}, {Totals: most}})
	assert.Equal(t, "19999999999999999.98", got[0].Amount.StringFixed(2),
		"a caller with huge units must not stop the night")
}
