package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// imported is an addon that another party billed for January, and what ends it.
const imported = `
policy ledgers CUSTOMER,RESELLER
product P MONTHLY 310.00 wholesale 155.00
addon A1 P from 2024-01-01 invoiced 2024-01-31
run 2024-01-05
  nothing
`

func (h *history) creditReview(t *testing.T, from, to string, amount *Amount) (made []string) {
	t.Helper()
	lines, err := h.account.CreditReview(h.catalog, h.policy, ReviewCredit{
		Review: Review{Source: "A1", Period: Period{MustDate(from), MustDate(to)}}, Amount: amount, Reason: "agreed",
		Actor: "E9",
	})
	require.NoError(t, err)
	covers, err := AddedRemoved(lines)
	require.NoError(t, err)
	require.Empty(t, covers, "it takes no day of ours away")
	for _, l := range lines {
		require.True(t, l.Manual)
		require.Zero(t, l.CorrectsLine)
		h.account.Billed.Apply(l)
		made = append(
			made, string(l.Ledger)+" "+l.Source+" "+l.Product+" to "+l.BillTo+", "+l.Period.String()+": "+l.Formula())
	}
	return made
}

func TestReviewCredit(t *testing.T) {
	t.Parallel()
	ended := imported + `
terminate A1 2024-01-22
run 2024-01-22
  review A1, 2024-01-22 to 2024-01-31
`
	given := MustAmount("12.5")
	for _, row := range []struct {
		name, history, from, to string
		amount                  *Amount
		want                    []string
	}{
		{name: "what the days cost by the catalogue, on each ledger", history: ended, from: "2024-01-22", to: "2024-02-01",
			want: []string{
				"CUSTOMER A1 P to C1, 2024-01-22 to 2024-01-31: −(1 × 310.00 × 10/31) = -100.00",
				"RESELLER A1 P to R1, 2024-01-22 to 2024-01-31: −(1 × 155.00 × 10/31) = -50.00"}},
		{name: "what was agreed, to the customer", history: ended, from: "2024-01-22", to: "2024-02-01", amount: &given,
			want: []string{
				"CUSTOMER A1 P to C1, 2024-01-22 to 2024-01-31: by hand = -12.50"}},
		{name: "only the days that are left to settle", history: ended, from: "2024-01-22", to: "2024-01-25", want: []string{
			"CUSTOMER A1 P to C1, 2024-01-22 to 2024-01-24: −(1 × 310.00 × 3/31) = -30.00",
			"RESELLER A1 P to R1, 2024-01-22 to 2024-01-24: −(1 × 155.00 × 3/31) = -15.00"}},
		{name: "days before a start that was moved", history: imported + `
start A1 2024-01-11
run 2024-01-11
  review A1, 2024-01-01 to 2024-01-10
`, from: "2024-01-01", to: "2024-01-11", want: []string{
			"CUSTOMER A1 P to C1, 2024-01-01 to 2024-01-10: −(1 × 310.00 × 10/31) = -100.00",
			"RESELLER A1 P to R1, 2024-01-01 to 2024-01-10: −(1 × 155.00 × 10/31) = -50.00"}},
		{name: "whole months of a product that is sold by them (rule 6)", history: `
product P MONTHLY 310.00 full-month
addon A1 P from 2024-01-10 invoiced 2024-02-29
run 2024-01-10
  nothing
terminate A1 2024-01-22
run 2024-01-22
  review A1, 2024-01-22 to 2024-02-29
`, from: "2024-01-22", to: "2024-03-01",
			want: []string{"CUSTOMER A1 P to C1, 2024-02-01 to 2024-02-29: −(1 × 310.00 × 1) = -310.00"}},
		{name: "more months than a run may bill", history: `
product P MONTHLY 310.00
addon A1 P from 2010-01-01 invoiced 2024-01-31
run 2024-01-10
  nothing
terminate A1 2024-01-01
run 2024-01-22
  review A1, 2024-01-01 to 2024-01-31
`, from: "2024-01-01", to: "2024-02-01",
			want: []string{"CUSTOMER A1 P to C1, 2024-01-01 to 2024-01-31: −(1 × 310.00 × 1) = -310.00"}},
		{name: "the days of the day of change under the other policy", history: "policy changeDay OLD_STATE\n" + `
product P MONTHLY 310.00
addon A1 P from 2024-01-01 invoiced 2024-01-31
terminate A1 2024-01-22
run 2024-01-22
  review A1, 2024-01-23 to 2024-01-31
`, from: "2024-01-23", to: "2024-02-01",
			want: []string{"CUSTOMER A1 P to C1, 2024-01-23 to 2024-01-31: −(1 × 310.00 × 9/31) = -90.00"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := play(t, row.history)
			require.Equal(t, row.want, h.creditReview(t, row.from, row.to, row.amount))
			due, err := h.run(MustDate("2024-01-22"))
			require.NoError(t, err)
			require.Empty(t, due, "a run neither repeats nor corrects it")
		})
	}
}

func TestReviewCredit_IsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	h := play(t, imported+"terminate A1 2024-01-22\n")
	days := Review{Source: "A1", Period: Period{MustDate("2024-01-22"), MustDate("2024-02-01")}}
	good := ReviewCredit{Review: days, Reason: "agreed", Actor: "E9"}
	_, err := h.account.CreditReview(h.catalog, h.policy, ReviewCredit{Review: days})
	require.ErrorIs(t, err, errNoReason)
	unknown := good
	unknown.Review.Source = "A9"
	_, err = h.account.CreditReview(h.catalog, h.policy, unknown)
	require.ErrorIs(t, err, errNothingToCredit)
	fine := MustAmount("0.001")
	tooFine := good
	tooFine.Amount = &fine
	_, err = h.account.CreditReview(h.catalog, h.policy, tooFine)
	require.ErrorContains(t, err, "more than 2 decimals")
	h.catalog["P"].Price = nil
	_, err = h.account.CreditReview(h.catalog, h.policy, good)
	var held *Held
	require.ErrorAs(t, err, &held)
	h.catalog["P"].Recurrence = None
	h.catalog["P"].Price = Always(&fine)
	_, err = h.account.CreditReview(h.catalog, h.policy, good)
	require.ErrorIs(t, err, errNothingToCredit, "what was sold once is not credited by days")
}
