package billing

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

const threeMonths = `
product P MONTHLY 310.00
addon A1 P from 2024-01-01
run 2024-03-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 310.00 × 1 = 310.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 310.00 × 1 = 310.00
  CHARGE A1 P to C1, 2024-03-01 to 2024-03-31: 1 × 310.00 × 1 = 310.00
`

func TestManual_AnAdjustmentIsALineThatNoRunCorrects(t *testing.T) {
	t.Parallel()
	h := play(t, threeMonths)
	ask := Adjustment{Ledger: Customer, Day: MustDate("2024-02-10"), Amount: MustAmount("-25.50"), Reason: "goodwill",
		Actor: "E9"}
	var ids []uuid.UUID
	for range 2 {
		l, err := h.account.Adjust(h.policy, ask)
		require.NoError(t, err)
		require.Equal(t, Credit, l.Kind)
		require.Equal(t, "C1", l.BillTo)
		require.Equal(t, "by hand = -25.50, asked for by E9: goodwill", l.Explanation())
		require.Equal(t, "25.5", l.UnitPrice.String(), "a credit has its price without a sign, as all credits")
		h.account.Billed.Apply(l)
		ids = append(ids, l.ID)
	}
	require.NotEqual(t, ids[0], ids[1], "the second is another line")
	due, err := h.account.Due(h.catalog, h.policy, MustDate("2024-03-02"))
	require.NoError(t, err)
	require.Empty(t, due.Lines)
}

func TestManual_AnAdjustmentIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	h := play(t, threeMonths)
	good := Adjustment{Ledger: Reseller, Day: MustDate("2024-02-10"), Amount: One, Reason: "fee", Actor: "E9",
		Product: "P"}
	l, err := h.account.Adjust(h.policy, good)
	require.NoError(t, err)
	require.Equal(t, "R1", l.BillTo)
	require.Equal(t, Charge, l.Kind)
	for name, spoil := range map[string]func(*Adjustment){
		"reason and actor":      func(a *Adjustment) { a.Reason = "" },
		"must not be 0":         func(a *Adjustment) { a.Amount = Amount{} },
		"more than 2 decimals":  func(a *Adjustment) { a.Amount = MustAmount("0.001") },
		"day: not an existing":  func(a *Adjustment) { a.Day = 0 },
		"ledger \"X\": not one": func(a *Adjustment) { a.Ledger = "X" },
	} {
		bad := good
		spoil(&bad)
		_, err := h.account.Adjust(h.policy, bad)
		require.ErrorContains(t, err, name)
	}
}

func TestManual_AVoidedLineIsCreditedAndItsDaysAreNotBilledAgain(t *testing.T) {
	t.Parallel()
	h := play(t, threeMonths)
	lines, err := h.account.Void(h.policy, h.lines[1].ID, "wrong customer", "E9")
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, h.lines[1].ID, lines[0].CorrectsLine)
	require.Equal(t, "-310", lines[0].Amount.String())
	for _, l := range lines {
		h.account.Billed.Apply(l)
	}
	require.Len(t, h.account.Billed.Blocks, 2, "the run of months is cut around it")
	asOf := MustDate("2024-03-02")
	due, err := h.account.Due(h.catalog, h.policy, asOf)
	require.NoError(t, err)
	require.Empty(t, due.Lines)
	require.Equal(t, "2024-04-01", h.account.NextDue(h.catalog, h.policy, asOf).String())

	_, err = h.account.Void(h.policy, h.lines[1].ID, "again", "E9")
	require.ErrorIs(t, err, errNoLine)
	_, err = h.account.Void(h.policy, h.lines[0].ID, "", "E9")
	require.ErrorIs(t, err, errNoReason)
	_, err = (&Account{}).Void(h.policy, h.lines[0].ID, "x", "E9")
	require.ErrorIs(t, err, errNoLine)
}

func TestManual_AVoidedOneOffIsNotBilledAgain(t *testing.T) {
	t.Parallel()
	h := play(t, `
product P NONE 250.00
addon A1 P from 2024-01-15
run 2024-01-15
  CHARGE A1 P to C1, 2024-01-15 to 2024-01-15: 1 × 250.00 = 250.00
`)
	lines, err := h.account.Void(h.policy, h.lines[0].ID, "by mistake", "E9")
	require.NoError(t, err)
	require.Equal(t, "−(1 × 250.00) = -250.00", lines[0].Formula())
	h.account.Billed.Apply(lines[0])
	due, err := h.account.Due(h.catalog, h.policy, MustDate("2024-03-02"))
	require.NoError(t, err)
	require.Empty(t, due.Lines)
}

func TestManual_AVoidedOneOffDoesNotStandForAnotherProduct(t *testing.T) {
	t.Parallel()
	h := play(t, `
product M1 MONTHLY 49.00
product S NONE 250.00
user-product M1 from 2024-01-01
run 2024-01-01
  CHARGE product M1 to C1, 2024-01-01 to 2024-01-31: 1 × 49.00 × 1 = 49.00
new-product S on 2024-01-10
`)
	lines, err := h.account.Void(h.policy, h.lines[0].ID, "by mistake", "E9")
	require.NoError(t, err)
	h.account.Billed.Apply(lines[0])
	due, err := h.run(MustDate("2024-02-01"))
	require.NoError(t, err)
	require.Len(t, due, 1)
	require.Equal(t, "1 × 250.00 = 250.00", due[0].Formula())
}

func TestManual_OfTwoOneOffsOnOneDayTheOneThatIsVoidedIsTakenBack(t *testing.T) {
	t.Parallel()
	h := play(t, `
product S1 NONE 250.00
product S2 NONE 100.00
user-product S1 from 2024-01-10
run 2024-01-10
  CHARGE product S1 to C1, 2024-01-10 to 2024-01-10: 1 × 250.00 = 250.00
`)
	day := MustDate("2024-01-10")
	h.account.source(ProductSource).Products = Timeline[string]{{day, "S2"}} // another one was meant
	_, err := h.run(day)
	require.NoError(t, err)
	require.Len(t, h.lines, 2)
	for _, line := range h.lines {
		lines, err := h.account.Void(h.policy, line.ID, "by mistake", "E9")
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.Equal(t, line.Amount.Neg(), lines[0].Amount)
		h.account.Billed.Apply(lines[0])
		_, err = h.account.Void(h.policy, line.ID, "again", "E9")
		require.ErrorIs(t, err, errNoLine, "what is taken back is not taken back again")
	}
	require.Empty(t, h.account.Billed.Blocks)
}

func TestBilled_ACloneDoesNotFollow(t *testing.T) {
	t.Parallel()
	require.Nil(t, (*Billed)(nil).Clone())
	h := play(t, threeMonths)
	before := h.account.Billed.Clone()
	h.account.source("A1").Terminate = MustDate("2024-01-11")
	_, err := h.run(MustDate("2024-03-03"))
	require.NoError(t, err)
	require.Len(t, before.Blocks, 1)
	require.Empty(t, before.Blocks[0].Holes)
	before.Apply(Line{Kind: Credit, Source: "unknown"})
	require.Len(t, before.Blocks, 1, "a line that fits nothing changes nothing")
}

func TestBilled_MonthsOfRegularBillingAreOneBlock(t *testing.T) {
	t.Parallel()
	h := play(t, threeMonths)
	require.Len(t, h.account.Billed.Blocks, 1)
	require.Equal(t, []Period{
		{MustDate("2024-01-01"), MustDate("2024-02-01")}, {MustDate("2024-02-01"), MustDate("2024-03-01")},
		{MustDate("2024-03-01"), MustDate("2024-04-01")},
	}, h.account.Billed.Blocks[0].lines())
}
