package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRule13_TerminateAndTheDeletionDayAreTheFirstDayNotBilled(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01 until 2024-01-16
addon A2 P from 2024-01-01
delete 2024-01-26
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-15: 1 × 310.00 × 15/31 = 150.00
  CHARGE A2 P to C1, 2024-01-01 to 2024-01-25: 1 × 310.00 × 25/31 = 250.00
`)
}

func TestRule13_TheDayOfAnEndBelongsToTheOldStateWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	play(t, `
policy changeDay OLD_STATE
product P MONTHLY 310.00
addon A1 P from 2024-01-01 until 2024-01-15
delete 2024-01-25
addon A2 P from 2024-01-01
addon A3 P from 2024-01-10 until 2024-01-10
run 2024-01-10
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-15: 1 × 310.00 × 15/31 = 150.00
  CHARGE A2 P to C1, 2024-01-01 to 2024-01-25: 1 × 310.00 × 25/31 = 250.00
  CHARGE A3 P to C1, 2024-01-10 to 2024-01-10: 1 × 310.00 × 1/31 = 10.00
`)
}

func TestRule13_TerminateAtOrBeforeStartMeansNeverServed(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-10 until 2024-01-10
addon A2 P from 2024-01-10 until 2024-01-05
run 2024-02-01
  nothing
`)
}

func TestRule14_WhatWasBilledBeyondTheEndIsCreditedAsBilledMinusWhatTheKeptPartCosts(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 29.95
addon A1 P from 2025-09-01 units 3
run 2025-10-01
  CHARGE A1 P to C1, 2025-09-01 to 2025-09-30: 3 × 29.95 × 1 = 89.85
  CHARGE A1 P to C1, 2025-10-01 to 2025-10-31: 3 × 29.95 × 1 = 89.85
terminate A1 2025-09-28
run 2025-10-02
  CREDIT A1 P to C1, 2025-09-28 to 2025-09-30: −(3 × 29.95 × 1/10, billed 89.85 − kept 80.87) = -8.98
  CREDIT A1 P to C1, 2025-10-01 to 2025-10-31: −(3 × 29.95 × 1) = -89.85
`)
	require.Equal(t, h.lines[0].ID, h.lines[2].CorrectsLine)
	require.Equal(t, h.lines[1].ID, h.lines[3].CorrectsLine)
	require.Equal(t, ReasonEnded, h.lines[2].Reason)
}

func TestRule14_AChargeThatCompletesASegmentIsTheWholeMinusTheNetOnIt(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 29.95
addon A1 P from 2017-02-01 until 2017-02-15
run 2017-02-01
  CHARGE A1 P to C1, 2017-02-01 to 2017-02-14: 1 × 29.95 × 1/2 = 14.98
terminate A1 never
run 2017-02-10
  CHARGE A1 P to C1, 2017-02-15 to 2017-02-28: 1 × 29.95 × 1/2, whole 29.95 − billed 14.98 = 14.97
terminate A1 2017-02-20
run 2017-02-11
  CREDIT A1 P to C1, 2017-02-20 to 2017-02-28: −(1 × 29.95 × 9/28) = -9.63
`)
}

func TestRule14_OfSeveralGapsEachIsRoundedAloneAndTheLastTakesTheRest(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 0.10
addon A1 P from 2024-01-11 until 2024-01-21
run 2024-01-11
  CHARGE A1 P to C1, 2024-01-11 to 2024-01-20: 1 × 0.10 × 10/31 = 0.03
start A1 2024-01-01
terminate A1 never
run 2024-01-12
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-10: 1 × 0.10 × 10/31 = 0.03
  CHARGE A1 P to C1, 2024-01-21 to 2024-01-31: 1 × 0.10 × 11/31 = 0.04
`)
}

func TestRule14_OfSeveralRemovedPartsEachIsRoundedAloneAndTheLastTakesTheRest(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 1.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 1.00 × 1 = 1.00
units A1 0 from 2024-01-06
units A1 1 from 2024-01-11
units A1 0 from 2024-01-16
units A1 1 from 2024-01-21
run 2024-01-02
  CREDIT A1 P to C1, 2024-01-06 to 2024-01-10: −(1 × 1.00 × 5/31) = -0.16
  CREDIT A1 P to C1, 2024-01-16 to 2024-01-20: −(1 × 1.00 × 5/31, billed 0.84 − kept 0.67) = -0.17
units A1 1 from 2024-01-06
run 2024-01-03
  CHARGE A1 P to C1, 2024-01-06 to 2024-01-10: 1 × 1.00 × 5/31 = 0.16
`)
}

// A hole can cut a line into parts that both round up. No credit can make the net
// right then, so the line goes back whole and its days are charged again.
func TestRule14_NetsNeverDriftEvenWhenTheKeptPartsRoundUp(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 0.034
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 0.034 × 1 = 0.03
units A1 0 from 2024-01-15
units A1 1 from 2024-01-18
run 2024-01-02
  CREDIT A1 P to C1, 2024-01-01 to 2024-01-31: −(1 × 0.034 × 1) = -0.03
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-14: 1 × 0.034 × 14/31 = 0.02
  CHARGE A1 P to C1, 2024-01-18 to 2024-01-31: 1 × 0.034 × 14/31 = 0.02
`)
	require.Equal(t, ReasonRounding, h.lines[1].Reason)
}

func TestRule14_PolicyProrateBilledCreditsByDaysAlone(t *testing.T) {
	t.Parallel()
	play(t, `
policy creditMethod PRORATE_BILLED
product P MONTHLY 29.95
addon A1 P from 2025-09-01 units 3
addon A2 P from 2025-09-01 units -3
run 2025-09-01
  CHARGE A1 P to C1, 2025-09-01 to 2025-09-30: 3 × 29.95 × 1 = 89.85
  CHARGE A2 P to C1, 2025-09-01 to 2025-09-30: -3 × 29.95 × 1 = -89.85
terminate A1 2025-09-28
terminate A2 2025-09-28
run 2025-09-02
  CREDIT A1 P to C1, 2025-09-28 to 2025-09-30: −(3 × 29.95 × 1/10) = -8.99
  CREDIT A2 P to C1, 2025-09-28 to 2025-09-30: −(-3 × 29.95 × 1/10) = 8.99
`)
}

func TestRule15_WhatWasBilledElsewhereIsNotCreditedButListedForReview(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01 invoiced 2024-01-20
run 2024-01-05
  CHARGE A1 P to C1, 2024-01-21 to 2024-01-31: 1 × 310.00 × 11/31 = 110.00
terminate A1 2024-01-11
run 2024-01-06
  CREDIT A1 P to C1, 2024-01-21 to 2024-01-31: −(1 × 310.00 × 11/31) = -110.00
  review A1, 2024-01-11 to 2024-01-20
start A1 2024-01-06
terminate A1 2024-01-21
run 2024-01-07
  review A1, 2024-01-01 to 2024-01-05
start A1 2023-12-22
run 2024-01-08
  CHARGE A1 P to C1, 2023-12-22 to 2023-12-31: 1 × 310.00 × 10/31 = 100.00
`)
}

func TestRule16_StartMovedEarlierChargesOnlyTheNewDaysAndLaterCreditsThoseNotServed(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 290.00
addon A1 P from 2024-02-11
run 2024-02-11
  CHARGE A1 P to C1, 2024-02-11 to 2024-02-29: 1 × 290.00 × 19/29 = 190.00
start A1 2024-02-01
run 2024-02-12
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-10: 1 × 290.00 × 10/29 = 100.00
start A1 2024-02-06
run 2024-02-13
  CREDIT A1 P to C1, 2024-02-01 to 2024-02-05: −(1 × 290.00 × 5/29) = -50.00
`)
	require.Equal(t, ReasonStart, h.lines[2].Reason)
}

func TestRule17_ChangedTermsAreACreditAtTheOldAndAChargeAtTheNew(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
units A1 3 from 2024-01-22
price A1 155 from 2024-01-27
run 2024-01-10
  CREDIT A1 P to C1, 2024-01-22 to 2024-01-31: −(1 × 310.00 × 10/31) = -100.00
  CHARGE A1 P to C1, 2024-01-22 to 2024-01-26: 3 × 310.00 × 5/31 = 150.00
  CHARGE A1 P to C1, 2024-01-27 to 2024-01-31: 3 × 155.00 × 5/31 = 75.00
price A1 catalogue from 2024-01-27
run 2024-01-11
  CREDIT A1 P to C1, 2024-01-27 to 2024-01-31: −(3 × 155.00 × 5/31) = -75.00
  CHARGE A1 P to C1, 2024-01-27 to 2024-01-31: 3 × 310.00 × 5/31 = 150.00
`)
	require.Equal(t, ReasonUnits, h.lines[1].Reason)
	require.Equal(t, ReasonPrice, h.lines[4].Reason)
	require.Equal(t, "override", h.lines[3].PriceSource)
}

func TestRule17_AChangeKeepsTheFieldsLaterEntriesAndTheLastOfADayWins(t *testing.T) {
	t.Parallel()
	line := Always(One).Set(20, MustAmount("3")).Set(10, MustAmount("2")).Set(20, MustAmount("4"))
	require.Equal(t, Timeline[Amount]{{0, One}, {10, MustAmount("2")}, {20, MustAmount("4")}}, line)
	require.Len(t, line.Without(10), 2)
	_, ok := line[1:].At(9)
	require.False(t, ok)
}

func TestRule17_ACataloguePriceWaitsForTheNextPeriodAndNeverRatesBilledLinesAgain(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
catalogue P 620.00 from 2023-12-01
run 2024-01-02
  nothing
units A1 2 from 2024-01-22
run 2024-01-03
  CREDIT A1 P to C1, 2024-01-22 to 2024-01-31: −(1 × 310.00 × 10/31) = -100.00
  CHARGE A1 P to C1, 2024-01-22 to 2024-01-31: 2 × 310.00 × 10/31 = 200.00
run 2024-02-01
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 2 × 620.00 × 1 = 1240.00
`)
}

func TestRule17_ACataloguePriceSplitsThePeriodWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	play(t, `
policy catalogPriceChange SPLIT
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
catalogue P 620.00 from 2024-01-22
run 2024-01-22
  CREDIT A1 P to C1, 2024-01-22 to 2024-01-31: −(1 × 310.00 × 10/31) = -100.00
  CHARGE A1 P to C1, 2024-01-22 to 2024-01-31: 1 × 620.00 × 10/31 = 200.00
`)
}

func TestRule18_ADeletionOnTheDayOfAProductChangeWins(t *testing.T) {
	t.Parallel()
	play(t, `
product M MONTHLY 49.00
product N MONTHLY 79.00
user-product M from 2025-07-01
new-product N on 2025-07-14
delete 2025-08-01
run 2025-08-01
  CHARGE product M to C1, 2025-07-01 to 2025-07-31: 1 × 49.00 × 1 = 49.00
`)
}

func TestRule19_APayerSwitchCreditsTheOldAndChargesTheNewFromThatDay(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy ledgers CUSTOMER,RESELLER
product P MONTHLY 310.00 wholesale 31.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
  CHARGE A1 P to R1, 2024-01-01 to 2024-01-31: 1 × 31.00 × 1 = 31.00
payer C2 from 2024-01-12
payer C1 from 2024-01-22
run 2024-01-02
  CREDIT A1 P to C1, 2024-01-12 to 2024-01-21: −(1 × 310.00 × 10/31) = -100.00
  CHARGE A1 P to C2, 2024-01-12 to 2024-01-21: 1 × 310.00 × 10/31 = 100.00
`)
	require.Equal(t, ReasonPayer, h.lines[2].Reason)
}

func TestRule19_UnderNextPeriodThePayerAtTheStartPaysAllOfIt(t *testing.T) {
	t.Parallel()
	play(t, `
policy billingCustomerSwitch NEXT_PERIOD
product P MONTHLY 310.00
addon A1 P from 2024-01-10
payer C2 from 2024-01-12
units A1 2 from 2024-01-22
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-10 to 2024-01-21: 1 × 310.00 × 12/31 = 120.00
  CHARGE A1 P to C1, 2024-01-22 to 2024-01-31: 2 × 310.00 × 10/31 = 200.00
  CHARGE A1 P to C2, 2024-02-01 to 2024-02-29: 2 × 310.00 × 1 = 620.00
`)
}
