package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRule05_AdjacentDaysWithEqualTermsAreOneLineWhereverThePriceCameFrom(t *testing.T) {
	t.Parallel()
	play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-01
price A1 100 from 2024-01-11
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
price A1 catalogue from 2024-01-11
run 2024-01-02
  nothing
`)
}

func TestRule06_AMonthTouchedByTwoProductsStaysWithTheFirst(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
product M1 MONTHLY 30.00 full-month
product M2 MONTHLY 31.00
user-product M1 from 2025-07-10
new-product M2 on 2025-07-14
run 2025-08-01
  CHARGE product M1 to C1, 2025-07-10 to 2025-08-09: 1 × 30.00 × 1 = 30.00
  CHARGE product M2 to C1, 2025-08-10 to 2025-08-31: 1 × 31.00 × 22/31 = 22.00
`)
}

func TestRule11_TwoPartsOfOnePeriodCountOnce(t *testing.T) {
	t.Parallel()
	play(t, `
policy periodsMax 1
product P MONTHLY 310.00
addon A1 P from 2024-01-01
units A1 2 from 2024-01-11
units A1 3 from 2024-01-21
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-10: 1 × 310.00 × 10/31 = 100.00
  CHARGE A1 P to C1, 2024-01-11 to 2024-01-20: 2 × 310.00 × 10/31 = 200.00
  CHARGE A1 P to C1, 2024-01-21 to 2024-01-31: 3 × 310.00 × 11/31 = 330.00
run 2024-03-01
  held TOO_MANY_PERIODS
run 2024-02-01
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 3 × 310.00 × 1 = 930.00
`)
}

func TestRule12_TheSameProductAgainIsNoChange(t *testing.T) {
	t.Parallel()
	play(t, `
policy alignment ANNIVERSARY
product M MONTHLY 30.00
user-product M from 2025-07-10
new-product M on 2025-07-14
run 2025-08-10
  CHARGE product M to C1, 2025-07-10 to 2025-08-09: 1 × 30.00 × 1 = 30.00
  CHARGE product M to C1, 2025-08-10 to 2025-09-09: 1 × 30.00 × 1 = 30.00
`)
}

func TestDue_AnAccountThatWasNeverBilledNeedsNoState(t *testing.T) {
	t.Parallel()
	account, catalog := benchAccount(MustDate("2024-01-15"))
	account.Billed, account.Currency = nil, ""
	p := DefaultPolicy()
	require.Equal(t, "2024-01-15", account.NextDue(catalog, &p, MustDate("2024-01-01")).String())
	due, err := account.Due(catalog, &p, MustDate("2024-01-15"))
	require.NoError(t, err)
	require.Len(t, due.Lines, 3)
	require.Equal(t, "DKK", due.Lines[0].Currency)
	require.Zero(t, account.InvoicedUntil(ProductSource))
}

func TestNextDue_FollowsTheGridAndNotWhatWasInvoicedLast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, asOf, next string }{
		"a quarter ahead": {`
product P QUARTERLY 10.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-03-31: 1 × 10.00 × 3 = 30.00`, "2024-01-02", "2024-04-01"},
		"an end inside the billed days is due at once": {`
product P QUARTERLY 10.00
addon A1 P from 2024-01-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-03-31: 1 × 10.00 × 3 = 30.00
terminate A1 2024-02-01`, "2024-01-02", "2024-01-02"},
		"never after the end": {`
product P MONTHLY 10.00
addon A1 P from 2024-01-01 until 2024-02-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 10.00 × 1 = 10.00`, "2024-01-02", ""},
		"in arrears the end of the service": {`
policy billingMode IN_ARREARS
product P QUARTERLY 10.00
addon A1 P from 2024-01-01 until 2024-02-10`, "2024-01-02", "2024-02-10"},
		"not while another pays for the days": {`
product P MONTHLY 10.00
addon A1 P from 2024-01-01 invoiced 2024-05-10`, "2024-02-02", "2024-05-01"},
		"units from a later day": {`
product P MONTHLY 10.00
addon A1 P from 2024-01-01 units 0
units A1 1 from 2024-07-20`, "2024-02-02", "2024-07-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := play(t, c.script)
			require.Equal(t, c.next, h.account.NextDue(h.catalog, h.policy, MustDate(c.asOf)).String())
		})
	}
}

func TestRule07_AmountsHaveTheDecimalsOfTheirCurrency(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]string{"": "548.387", "EUR": "548.39", "JPY": "548", "KWD": "548.387",
		"DKK": "548.387"} {
		t.Run("in "+currency, func(t *testing.T) {
			t.Parallel()
			p := DefaultPolicy()
			p.Scale = 3 // of the policy's own currency alone
			price := MustAmount("1000")
			catalog := Products{"P": {ID: "P", Recurrence: Monthly, Price: Always(&price), Currency: currency}}
			account := Account{Employee: "E1", Customer: "C1", Currency: currency, Sources: []Source{
				{ID: "A1", Products: Always("P"), Start: MustDate("2024-01-15")},
			}}
			due, err := account.Due(catalog, &p, MustDate("2024-01-15"))
			require.NoError(t, err)
			require.Equal(t, want, due.Lines[0].Amount.StringFixed(int(due.Lines[0].Scale)))
			documents := Documents(due.Lines, &p, MustDate("2024-01-15"))
			require.Equal(t, want, documents[0].Total.StringFixed(int32(p.Decimals(currency))))
		})
	}
}

func TestNextDue_APriceThatIsMissingLaterMakesNobodyDueBefore(t *testing.T) {
	t.Parallel()
	h := play(t, `
policy ledgers CUSTOMER
product P MONTHLY unpriced
addon A1 P from 2024-01-01 at 20
price A1 catalogue from 2024-04-01
run 2024-01-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 20.00 × 1 = 20.00
`)
	require.Equal(t, "2024-02-01", h.account.NextDue(h.catalog, h.policy, MustDate("2024-01-01")).String())

	suppress := DefaultPolicy()
	suppress.ZeroPriceLines = Suppress
	once := Account{Employee: "E1", Customer: "C1",
		Sources: []Source{{ID: "A1", Products: Always("N"), Start: MustDate("2024-03-10")}}}
	catalog := Products{"N": {ID: "N", Recurrence: None}}
	_, err := once.Due(catalog, &suppress, MustDate("2024-01-01"))
	require.NoError(t, err)
	require.Equal(t, "2024-03-10", once.NextDue(catalog, &suppress, MustDate("2024-01-01")).String())
}
