package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRule08_UnitsMayBeFractionalOrNegativeAndUnits0MakeNoLine(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-01 units 0.5
addon A2 P from 2024-01-01 units -1
addon A3 P from 2024-01-01 units 0
addon A4 P from 2024-01-01 at 0
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 0.5 × 100.00 × 1 = 50.00
  CHARGE A2 P to C1, 2024-01-01 to 2024-01-31: -1 × 100.00 × 1 = -100.00
  CHARGE A4 P to C1, 2024-01-01 to 2024-01-31: 1 × 0.00 × 1 = 0.00
terminate A2 2024-01-16
run 2024-01-16
  CREDIT A2 P to C1, 2024-01-16 to 2024-01-31: −(-1 × 100.00 × 16/31) = 51.61
`)
}

func TestRule08_AZeroPriceMayBeSuppressed(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy zeroPriceLines SUPPRESS
product P MONTHLY 0.00
product N NONE 0.00
addon A1 P from 2024-01-01
addon A2 N from 2024-01-01
run 2024-01-01
  nothing
catalogue P 10.00 from 2024-02-01
run 2024-01-02
  nothing
run 2024-02-01
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 10.00 × 1 = 10.00
`)
	require.Equal(t, "2024-03-01", h.account.NextDue(h.catalog, h.policy, MustDate("2024-02-01")).String())
}

func TestRule08_AMissingPriceComesFromTheNearestAncestorFieldByField(t *testing.T) {
	t.Parallel()
	catalog := Products{}
	ten, two, one := MustAmount("10"), MustAmount("2"), MustAmount("1")
	full := true
	catalog["master"] = &Product{ID: "master", Recurrence: Quarterly, Cost: Always(&one), Price: Always(&one),
		RecurrenceFullMonth: &full}
	catalog["reseller"] = &Product{ID: "reseller", Wholesale: Always(&two), InheritFrom: "master"}
	catalog["own"] = &Product{ID: "own", Price: Always(&ten), InheritFromReseller: "reseller"}
	catalog["lost"] = &Product{ID: "lost", InheritFromReseller: "gone", InheritFrom: "master"}
	for _, c := range []struct {
		product string
		ledger  Ledger
		price   Amount
		from    string
	}{
		{"own", Customer, ten, "own"}, {"own", Reseller, two, "reseller"}, {"own", Cost, one, "master"},
		{"lost", Customer, one, "master"},
	} {
		price, from, err := priceOf(catalog, c.product, list{c.ledger, "DKK", "DKK"}, MustDate("2024-01-01"))
		require.NoError(t, err)
		require.Equal(t, c.price, price)
		require.Equal(t, c.from, from)
	}
	k, err := kindOf(catalog, "own")
	require.NoError(t, err)
	require.Equal(t, kind{Quarterly, true}, k)
}

func TestRule08_ACycleOrNoPriceHoldsItsBillingAndEveryRunTriesAgain(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY unpriced
product A MONTHLY inherits B
product B inherited inherits A
product C inherited inherits B
product OK MONTHLY 10.00
addon A1 OK from 2024-01-01
addon A2 P from 2024-01-01 until 2024-02-01
run 2024-01-01
  held NO_PRICE
catalogue P 5.00 from 2024-01-01
run 2024-01-02
  CHARGE A1 OK to C1, 2024-01-01 to 2024-01-31: 1 × 10.00 × 1 = 10.00
  CHARGE A2 P to C1, 2024-01-01 to 2024-01-31: 1 × 5.00 × 1 = 5.00
addon A3 A from 2024-01-01
run 2024-02-02
  held INHERITANCE_CYCLE
terminate A3 2024-01-01
addon A4 C from 2024-01-01
run 2024-02-03
  held INHERITANCE_CYCLE
terminate A4 2024-01-01
addon A5 UNKNOWN from 2024-01-01
run 2024-02-04
  held NO_PRICE
terminate A5 2024-01-01
run 2024-02-05
  CHARGE A1 OK to C1, 2024-02-01 to 2024-02-29: 1 × 10.00 × 1 = 10.00
`)
}

func TestRule08_AHeldAccountIsDueAtOnceAndSaysWhy(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy ledgers CUSTOMER,RESELLER
product P MONTHLY 10.00
addon A1 P from 2024-01-01
run 2024-01-01
  held NO_PRICE
`)
	asOf := MustDate("2024-01-01")
	require.Equal(t, asOf, h.account.NextDue(h.catalog, h.policy, asOf))
	_, err := h.account.Due(h.catalog, h.policy, asOf)
	require.EqualError(t, err, "billing held: NO_PRICE: product P has no RESELLER price in DKK on 2024-01-01")
}

func TestRule09_InAdvanceAPeriodIsDueWithTheChangesKnownInsideIt(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 310.00
addon A1 P from 2024-01-11 until 2024-01-26
units A1 2 from 2024-01-21
run 2024-01-10
  nothing
run 2024-01-11
  CHARGE A1 P to C1, 2024-01-11 to 2024-01-20: 1 × 310.00 × 10/31 = 100.00
  CHARGE A1 P to C1, 2024-01-21 to 2024-01-25: 2 × 310.00 × 5/31 = 100.00
`)
}

func TestRule09_InArrearsAPeriodIsDueWhenItHasEndedOrTheServiceHas(t *testing.T) {
	t.Parallel()
	play(t, `
policy billingMode IN_ARREARS
product P QUARTERLY 100.00
addon A1 P from 2024-01-01
addon A2 P from 2024-01-01 until 2024-02-01
run 2024-01-31
  nothing
run 2024-02-01
  CHARGE A2 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
terminate A2 2024-03-01
run 2024-02-15
  nothing
run 2024-03-01
  CHARGE A2 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
run 2024-04-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-03-31: 1 × 100.00 × 3 = 300.00
`)
}

func TestRule09_TheHorizonNeverShrinks(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-01
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
terminate A1 2024-01-16
run 2024-01-20
  CREDIT A1 P to C1, 2024-01-16 to 2024-01-31: −(1 × 100.00 × 16/31) = -51.61
  CREDIT A1 P to C1, 2024-02-01 to 2024-02-29: −(1 × 100.00 × 1) = -100.00
terminate A1 never
run 2024-01-20
  CHARGE A1 P to C1, 2024-01-16 to 2024-01-31: 1 × 100.00 × 16/31 = 51.61
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
`)
}

func TestRule10_NoneIsBilledOnceNeverProratedAndNeverAgainHoweverItsStartMoves(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P NONE 250.00
addon A1 P from 2024-01-15 units 3 until 2024-01-20
run 2024-01-14
  nothing
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-15 to 2024-01-15: 3 × 250.00 = 750.00
start A1 2024-03-01
terminate A1 never
units A1 5 from 2024-01-01
run 2024-03-02
  nothing
terminate A1 2024-01-01
run 2024-03-03
  nothing
`)
	require.Equal(t, "2024-01-15", h.account.InvoicedUntil("A1").String())
}

func TestRule10_InvoicedUntilAtTheStartMarksABilledOneOff(t *testing.T) {
	t.Parallel()
	play(t, `
product P NONE 250.00
addon A1 P from 2024-01-15 invoiced 2024-01-15
run 2024-02-01
  nothing
start A1 2024-02-02
run 2024-02-03
  nothing
`)
}

func TestRule10_ACancelledOneOffIsCreditedWhereThePolicySaysSo(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy oneOffCredit true
product P NONE 250.00
addon A1 P from 2024-01-15 at 200
addon A2 P from 2024-01-15
run 2024-01-15
  CHARGE A1 P to C1, 2024-01-15 to 2024-01-15: 1 × 200.00 = 200.00
  CHARGE A2 P to C1, 2024-01-15 to 2024-01-15: 1 × 250.00 = 250.00
terminate A1 2024-01-15
terminate A2 2024-02-15
run 2024-01-16
  CREDIT A1 P to C1, 2024-01-15 to 2024-01-15: −(1 × 200.00) = -200.00
terminate A1 never
run 2024-01-17
  CHARGE A1 P to C1, 2024-01-15 to 2024-01-15: 1 × 200.00 = 200.00
`)
	require.Equal(t, 1, h.lines[3].Revision, "the same identity a second time")
	asOf := MustDate("2024-01-18")
	require.Zero(t, h.account.NextDue(h.catalog, h.policy, asOf))
	h.account.source("A1").Terminate = MustDate("2024-01-15")
	require.Equal(t, asOf, h.account.NextDue(h.catalog, h.policy, asOf), "a run is to look for the credit")
}

func TestRule11_CatchUpIsOneLinePerPeriodOldestFirstAtThePriceThatHeldThen(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-01
catalogue P 110.00 from 2024-02-01
catalogue P 120.00 from 2024-03-15
run 2024-04-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 110.00 × 1 = 110.00
  CHARGE A1 P to C1, 2024-03-01 to 2024-03-31: 1 × 110.00 × 1 = 110.00
  CHARGE A1 P to C1, 2024-04-01 to 2024-04-30: 1 × 120.00 × 1 = 120.00
`)
}

func TestRule11_MoreThan36PeriodsAreHeldUntilReleasedWithARaisedBound(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00
addon A1 P from 0001-01-01
run 2024-01-01
  held TOO_MANY_PERIODS
start A1 2020-12-01
terminate A1 2024-01-01
run 2024-01-01
  held TOO_MANY_PERIODS
start A1 2021-01-01
terminate A1 2021-01-02
bound 37
run 2024-01-01
  CHARGE A1 P to C1, 2021-01-01 to 2021-01-01: 1 × 100.00 × 1/31 = 3.23
`)
	for months, held := range map[int]bool{36: false, 37: true} {
		a, c := benchAccount(MustDate("2023-01-01"))
		p := DefaultPolicy()
		asOf := MustDate("2023-01-01").AddMonths(months-1, 1)
		due, err := a.Due(c, &p, asOf)
		if held {
			require.EqualError(t, err, "billing held: TOO_MANY_PERIODS: source "+a.Sources[1].ID+" on CUSTOMER")
			a.PeriodsMax = 37
			due, err = a.Due(c, &p, asOf)
		}
		require.NoError(t, err)
		require.Len(t, due.Lines, 3*months)
	}
}

func TestRule12_TheUserProductIsBilledLikeAnAddonWithOneUnitFromTheDayItIsAssigned(t *testing.T) {
	t.Parallel()
	play(t, `
product M MONTHLY 49.00
product Q QUARTERLY 60.00
user-product Q from 2025-07-10
run 2025-07-10
  CHARGE product Q to C1, 2025-07-10 to 2025-09-30: 1 × 60.00 × 84/31 = 162.58
new-product M on 2025-07-14
run 2025-07-15
  CREDIT product Q to C1, 2025-08-01 to 2025-09-30: −(1 × 60.00 × 2) = -120.00
run 2025-08-01
  CHARGE product M to C1, 2025-08-01 to 2025-08-31: 1 × 49.00 × 1 = 49.00
run 2025-09-01
  CHARGE product M to C1, 2025-09-01 to 2025-09-30: 1 × 49.00 × 1 = 49.00
`)
}
