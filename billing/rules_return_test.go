package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// nothingAt requires that a run for an earlier day emits nothing.
func nothingAt(t *testing.T, h *history, days ...string) {
	t.Helper()
	for _, day := range days {
		due, err := h.account.Due(h.catalog, h.policy, MustDate(day))
		require.NoError(t, err)
		require.Empty(t, due.Lines, "a run for %s after a later one:\n%s", day, dump(due.Lines))
	}
}

// Horizon: a product that returns begins by rule 9 alone, although the source was billed further ahead at it before.
func TestHorizon_AProductThatReturnsIsDueWhenItBegins(t *testing.T) {
	t.Parallel()
	h := play(t, `
product Y YEARLY 10.00
product M MONTHLY 30.00
user-product Y from 2026-01-01
run 2026-01-01
  CHARGE product Y to C1, 2026-01-01 to 2026-12-31: 1 × 10.00 × 12 = 120.00
new-product M on 2026-01-11
run 2026-01-12
  CREDIT product Y to C1, 2026-02-01 to 2026-12-31: −(1 × 10.00 × 11) = -110.00
run 2026-02-01
  CHARGE product M to C1, 2026-02-01 to 2026-02-28: 1 × 30.00 × 1 = 30.00
new-product Y on 2026-02-10
run 2026-02-11
  nothing
run 2026-02-28
  nothing
run 2026-03-01
  CHARGE product Y to C1, 2026-03-01 to 2026-12-31: 1 × 10.00 × 10 = 100.00
`)
	nothingAt(t, h, "2026-03-01", "2026-02-28", "2026-02-11", "2026-01-15")
}

// Horizon: where no run saw the product leave, the first that does keeps what is served again, and no earlier one takes
// it back afterwards.
func TestHorizon_WhatARunKeptOfAProductThatReturnsStaysBilled(t *testing.T) {
	t.Parallel()
	before := `
product Y YEARLY 10.00
product M MONTHLY 30.00
user-product Y from 2026-01-01
run 2026-01-01
  CHARGE product Y to C1, 2026-01-01 to 2026-12-31: 1 × 10.00 × 12 = 120.00
new-product M on 2026-01-11
new-product Y on 2026-03-10
`
	h := play(t, before+`
run 2026-04-01
  CREDIT product Y to C1, 2026-02-01 to 2026-03-31: −(1 × 10.00 × 2) = -20.00
  CHARGE product M to C1, 2026-02-01 to 2026-02-28: 1 × 30.00 × 1 = 30.00
  CHARGE product M to C1, 2026-03-01 to 2026-03-31: 1 × 30.00 × 1 = 30.00
`)
	nothingAt(t, h, "2026-04-01", "2026-03-31", "2026-01-15")
	h = play(t, before+`
run 2026-03-11
  CREDIT product Y to C1, 2026-02-01 to 2026-12-31: −(1 × 10.00 × 11) = -110.00
  CHARGE product M to C1, 2026-02-01 to 2026-02-28: 1 × 30.00 × 1 = 30.00
  CHARGE product M to C1, 2026-03-01 to 2026-03-31: 1 × 30.00 × 1 = 30.00
run 2026-03-31
  nothing
run 2026-04-01
  CHARGE product Y to C1, 2026-04-01 to 2026-12-31: 1 × 10.00 × 9 = 90.00
`)
	nothingAt(t, h, "2026-03-31", "2026-03-11")
}

// Horizon: a second rental begins like the first, and what a run kept for it stays.
func TestHorizon_ASecondRentalIsDueWhenItBegins(t *testing.T) {
	t.Parallel()
	for again, lines := range map[string]string{
		"2026-04-01": `
run 2026-04-01
  CREDIT A1 Y to C1, 2026-02-01 to 2026-03-31: −(1 × 10.00 × 2) = -20.00
`,
		"2026-02-01": `
run 2026-04-01
  nothing
`,
	} {
		h := play(t, `
product Y YEARLY 10.00
addon A1 Y from 2026-01-01
run 2026-01-01
  CHARGE A1 Y to C1, 2026-01-01 to 2026-12-31: 1 × 10.00 × 12 = 120.00
terminate A1 2026-02-01
rent-again A1 from `+again+lines)
		nothingAt(t, h, "2026-04-01", "2026-03-31", "2026-01-31", "2026-01-15")
	}
}

// Rule 13: a line of the first rental that lies behind the day on which that one ended afterwards gives the second one
// no anchor, whether a run has taken it back or not.
func TestRule13_ASecondRentalHasItsOwnAnchor(t *testing.T) {
	t.Parallel()
	credits := `
  CREDIT A1 P to C1, 2024-03-10 to 2024-04-09: −(1 × 10.00 × 1) = -10.00
  CREDIT A1 P to C1, 2024-04-10 to 2024-07-09: −(2 × 10.00 × 3) = -60.00`
	charge := `
  CHARGE A1 P to C1, 2024-04-20 to 2024-07-19: 2 × 10.00 × 3 = 60.00`
	for name, runs := range map[string]string{
		"a run between": "run 2024-04-15" + credits + "\nrent-again A1 from 2024-04-20\nrun 2024-04-20" + charge,
		"no run":        "rent-again A1 from 2024-04-20\nrun 2024-04-20" + credits + charge,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, `
policy alignment ANNIVERSARY
product P QUARTERLY 10.00
addon A1 P from 2024-01-10
units A1 2 from 2024-04-10
run 2024-04-10
  CHARGE A1 P to C1, 2024-01-10 to 2024-04-09: 1 × 10.00 × 3 = 30.00
  CHARGE A1 P to C1, 2024-04-10 to 2024-07-09: 2 × 10.00 × 3 = 60.00
terminate A1 2024-03-10
`+runs)
		})
	}
}

// Rule 6 and 29: the second rental of an addon sold by whole months begins behind the month of the first, whose lines
// give it no anchor, and a ledger that began before the run covers the same days as the others.
func TestRule29_ALedgerThatHasBegunCoversWhatTheOthersDo(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy alignment ANNIVERSARY
policy ledgers CUSTOMER,RESELLER from 2024-01-02
product P MONTHLY 100.00 wholesale 50.00 full-month
addon A1 P from 2023-12-31 until 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2023-12-31 to 2024-01-30: 1 × 100.00 × 1 = 100.00
rent-again A1 from 2024-01-01
run 2024-01-03
  CHARGE A1 P to R1, 2024-01-02 to 2024-01-30: 1 × 50.00 × 29/31 = 46.77
  CHARGE A1 P to C1, 2024-01-31 to 2024-01-31: 1 × 100.00 × 1/31 = 3.23
  CHARGE A1 P to R1, 2024-01-31 to 2024-01-31: 1 × 50.00 × 1/31 = 1.61
run 2024-01-03
  nothing
run 2024-01-31
  nothing
`)
	require.Equal(t, MustDate("2024-02-01"), h.account.NextDue(h.catalog, h.policy, MustDate("2024-01-31")))
}

// Rule 29: what ended before a ledger's day is due on it when the day has come, and not before.
func TestRule29_InArrearsALedgerIsDueOnItsDay(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy billingMode IN_ARREARS
policy ledgers CUSTOMER,RESELLER from 2024-01-03
product P MONTHLY 100.00 wholesale 50.00 full-month
addon A1 P from 2024-01-01 until 2024-01-02
run 2024-01-02
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
`)
	require.Equal(t, MustDate("2024-01-03"), h.account.NextDue(h.catalog, h.policy, MustDate("2024-01-02")))
}
