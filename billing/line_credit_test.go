package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// giveBack credits a part of the nth line of a history.
func giveBack(t *testing.T, h *history, line int, amount string) (Line, error) {
	t.Helper()
	back := MustAmount(amount)
	l, err := h.account.CreditLine(h.policy, LineCredit{Line: h.lines[line].ID, Amount: &back, Reason: "noise",
		Actor: "E9"})
	if err == nil {
		h.account.Billed.Apply(l)
		h.lines = append(h.lines, l)
	}
	return l, err
}

func billedTwice(t *testing.T) *history {
	t.Helper()
	return play(t, `
product P MONTHLY 100.00
addon A1 P from 2024-01-01
run 2024-02-01
  CHARGE A1 P to C1, 2024-01-01 to 2024-01-31: 1 × 100.00 × 1 = 100.00
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 100.00 × 1 = 100.00
`)
}

func TestRule30_APartIsGivenBackAndLaterCreditsStopAtWhatIsLeft(t *testing.T) {
	t.Parallel()
	h := billedTwice(t)
	l, err := giveBack(t, h, 0, "80")
	require.NoError(t, err)
	require.Equal(t, h.lines[0].ID, l.CorrectsLine)
	require.Equal(t, "by hand = -80.00, asked for by E9: noise", l.Explanation())
	due, err := h.account.Due(h.catalog, h.policy, MustDate("2024-02-02"))
	require.NoError(t, err)
	require.Empty(t, due.Lines, "no run corrects it")
	_, err = giveBack(t, h, 0, "20.01")
	require.ErrorContains(t, err, "20.01 of 20.00: more than is left of the line")

	h.account.Sources[0].Terminate = MustDate("2024-01-17")
	lines, err := h.run(MustDate("2024-02-02"))
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, "-20.00", lines[0].Amount.StringFixed(2), "48.39 would be more than was charged")
	require.Equal(t, "-100.00", lines[1].Amount.StringFixed(2))

	h.account.Sources[0].Terminate = MustDate("2024-01-01")
	lines, err = h.run(MustDate("2024-02-03"))
	require.NoError(t, err)
	require.Len(t, lines, 1)
	require.Equal(t, "0.00", lines[0].Amount.StringFixed(2), "all of it was given back")
}

func TestRule30_AShareAndWhatIsRefused(t *testing.T) {
	t.Parallel()
	h := billedTwice(t)
	quarter := MustAmount("0.25")
	l, err := h.account.CreditLine(h.policy, LineCredit{Line: h.lines[1].ID, Share: &quarter, Reason: "noise",
		Actor: "E9"})
	require.NoError(t, err)
	require.Equal(t, "-25.00", l.Amount.StringFixed(2))
	require.Equal(t, h.lines[1].Period, l.Period)
	for _, c := range []LineCredit{
		{Line: h.lines[1].ID, Share: &quarter},
		{Line: h.lines[1].ID, Reason: "x", Actor: "E9"},
		{Line: h.lines[1].ID, Share: &quarter, Amount: &quarter, Reason: "x", Actor: "E9"},
		{Share: &quarter, Reason: "x", Actor: "E9"},
	} {
		_, err := h.account.CreditLine(h.policy, c)
		require.Error(t, err)
	}
	_, err = giveBack(t, h, 0, "0.001")
	require.ErrorContains(t, err, "more than 2 decimals")
}

func TestRule30_WhatIsVoidedIsTheRest(t *testing.T) {
	t.Parallel()
	h := billedTwice(t)
	_, err := giveBack(t, h, 1, "30")
	require.NoError(t, err)
	lines, err := h.account.Void(h.policy, h.lines[1].ID, "wrong", "E9")
	require.NoError(t, err)
	require.Equal(t, "-70.00", lines[0].Amount.StringFixed(2))
}
