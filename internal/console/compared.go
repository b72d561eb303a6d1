package console

import (
	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/status"
)

// comparedRows are the rows of a run's totals, by ledger and currency.
type comparedRows map[string]*planRow

// of is the row of a ledger and currency, made where there is none.
func (rows comparedRows) of(ledger billing.Ledger, currency string) *planRow {
	key := string(ledger) + " " + currency
	if rows[key] == nil {
		rows[key] = &planRow{Ledger: string(ledger), Currency: currency, Before: "–", Plan: "–", Billed: "–"}
	}
	return rows[key]
}

// before shows what the run billed that a run is compared with.
func (rows comparedRows) before(totals []events.ControlTotal) {
	for _, t := range totals {
		one := rows.of(t.Ledger, t.Currency)
		one.Before, one.LinesBefore, one.was = status.Money(t.Amount), t.Lines, t.Amount.Decimal
	}
}

// planned shows what a plan comes to, and returns the customers' amount that is shown first: that of a currency.
func (rows comparedRows) planned(totals []events.PlanTotal, currency string) (first string) {
	for _, t := range totals {
		one := rows.of(t.Ledger, t.Currency)
		one.Plan, one.LinesNow, one.Change = status.Money(t.Amount), t.Lines, change(one.was, t.Amount.Decimal)
		if t.Ledger == billing.Customer && (first == "" || t.Currency == currency) {
			first = one.Plan + " " + t.Currency
		}
	}
	return first
}

// billed shows what the run has billed so far. It is summed up from its products, of which there are some dozens: its
// documents are one for each payer and shard, a million of them after a month of a million employees.
func (rows comparedRows) billed(products []productRow) {
	sums, policy := map[*planRow]decimal.Decimal{}, billing.DefaultPolicy()
	for i := range products {
		p := &products[i]
		one := rows.of(billing.Ledger(p.Ledger), p.Currency)
		sums[one] = sums[one].Add(p.Amount)
		one.Billed = status.Amount(sums[one].StringFixed(int32(policy.Decimals(p.Currency))))
	}
}

// ledgerOrder is CUSTOMER first: it is what customers pay.
func ledgerOrder(r planRow) string {
	if r.Ledger == string(billing.Customer) {
		return " " + r.Currency
	}
	return r.Ledger + r.Currency
}

// change is a difference in percent, named only where there was something.
func change(was, is decimal.Decimal) string {
	if was.IsZero() {
		return "–"
	}
	percent := is.Sub(was).Mul(decimal.NewFromInt(100)).DivRound(was.Abs(), 1)
	text := status.Amount(percent.StringFixed(1)) + " %"
	if percent.IsPositive() {
		return "+" + text
	}
	return text
}
