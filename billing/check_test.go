package billing

import (
	"cmp"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVectors_HandCheckedCases(t *testing.T) { runVectors(t, "testdata/billing.json") }

func TestVectors_RandomHistories(t *testing.T) { runVectors(t, "testdata/billing_random.json") }

func TestVectors_FiguresOfOtherEngines(t *testing.T) { runVectors(t, "testdata/billing_peers.json") }

func runVectors(t *testing.T, path string) {
	t.Parallel()
	for _, c := range loadVectors(t, path) {
		t.Run(c.ID+" "+c.Title, func(t *testing.T) {
			t.Parallel()
			checkCase(t, c)
		})
	}
}

func checkCase(t *testing.T, c vectorCase) {
	t.Helper()
	h := newHistory(c.Given, vectorPolicy(t, c.Policy))
	for _, step := range c.Steps {
		if step.Change != nil {
			h.change(step.Change)
			continue
		}
		before := len(h.lines)
		lines, err := h.run(h.day(step.Run.AsOf))
		var held *Held
		if errors.As(err, &held) {
			require.True(t, step.Expect.Held, held)
			require.Equal(t, step.Expect.Reason, held.Reason)
			continue
		}
		require.NoError(t, err)
		require.False(t, step.Expect.Held)
		require.Equal(t, step.Expect.Lines, h.written(lines, before), "run at %s", step.Run.AsOf)
		for source, want := range step.Expect.InvoicedUntil {
			require.Equal(t, text(want), h.account.InvoicedUntil(source).String(), "invoicedUntil of %s at %s", source,
				step.Run.AsOf)
		}
		if step.Expect.Documents != nil {
			require.Equal(t, step.Expect.Documents, h.documents(lines, before, h.day(step.Run.AsOf)))
		}
	}
}

// written gives lines in the order and form of the vectors.
func (h *history) written(lines []Line, before int) []vectorLine {
	out := make([]vectorLine, 0, len(lines))
	for i, l := range lines {
		v := vectorLine{
			N: before + i + 1, Kind: l.Kind, Ledger: l.Ledger, BillTo: l.BillTo, Source: l.Source, Product: l.Product,
			From: l.Period.From.String(), ToExclusive: l.Period.To.String(), ToInclusive: Inclusive(l.Period.To).String(),
			Units: l.Units.String(), UnitPrice: l.UnitPrice.StringFixed(2), Amount: l.Amount.StringFixed(int(l.Scale)),
			Currency: l.Currency,
		}
		if l.Months.Den != 0 {
			v.Months = &l.Months
		}
		if l.Kind == Credit {
			v.CorrectsLine = h.number(l)
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b vectorLine) int {
		return cmp.Or(cmp.Compare(a.BillTo, b.BillTo), -cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From),
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Ledger, b.Ledger))
	})
	return out
}

// number is the number of the line that a credit corrects.
func (h *history) number(l Line) int {
	return 1 + slices.IndexFunc(h.lines, func(o Line) bool { return o.ID == l.CorrectsLine })
}

func (h *history) documents(lines []Line, before int, asOf Date) []vectorDocument {
	numbers := map[string][]int{}
	for i, l := range lines {
		ref := DocumentRef(h.policy, asOf, l.Ledger, l.BillTo, l.Currency)
		numbers[ref] = append(numbers[ref], before+i+1)
	}
	out := []vectorDocument{}
	for _, d := range Documents(lines, h.policy, asOf) {
		out = append(out, vectorDocument{
			BillTo: d.BillTo, Currency: d.Currency, Type: string(d.Type), Total: d.Total.StringFixed(int32(h.policy.Scale)),
			Lines: numbers[d.Ref],
		})
	}
	slices.SortStableFunc(out, func(a, b vectorDocument) int { return cmp.Compare(a.BillTo, b.BillTo) })
	return out
}

// The alternatives give the same case under another policy, with fewer fields.
func TestVectors_Alternatives(t *testing.T) {
	t.Parallel()
	for _, c := range loadVectors(t, "testdata/billing.json") {
		for _, alt := range c.Alternatives {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				checkAlternative(t, c, alt)
			})
		}
	}
}

func checkAlternative(t *testing.T, c vectorCase, alt vectorAlternative) {
	t.Helper()
	h := newHistory(c.Given, vectorPolicy(t, c.Policy, alt.Policy))
	next := 0
	for _, step := range c.Steps {
		if step.Change != nil {
			h.change(step.Change)
			continue
		}
		want := alt.Runs[next]
		next++
		require.Equal(t, step.Run.AsOf, want.AsOf)
		before := len(h.lines)
		lines, err := h.run(h.day(want.AsOf))
		require.NoError(t, err)
		got := []vectorLine{}
		for _, l := range h.written(lines, before) {
			got = append(got, vectorLine{
				Kind: l.Kind, Source: l.Source, Ledger: l.Ledger, BillTo: l.BillTo, From: l.From,
				ToExclusive: l.ToExclusive, Amount: l.Amount,
			})
		}
		require.Equal(t, want.Lines, got)
	}
	require.Len(t, alt.Runs, next)
}
