package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// rerate rates a period of A1 again and folds the lines in; it gives them as text.
func (h *history) rerate(t *testing.T, asOf, from, to string) (made []string) {
	t.Helper()
	lines, err := h.account.Rerate(h.catalog, h.policy, MustDate(asOf), Rerating{
		Source: "A1", Period: Period{MustDate(from), MustDate(to)}, Reason: "wrong price", Actor: "E9",
	})
	require.NoError(t, err)
	for _, l := range lines {
		h.account.Billed.Apply(l)
		require.Equal(t, "wrong price", l.Reason)
		require.Equal(t, "E9", l.Actor)
		made = append(made, string(l.Kind)+" "+l.Period.String()+": "+l.Formula())
	}
	return made
}

func TestRerate_AMistakeInTheCatalogue(t *testing.T) {
	t.Parallel()
	february := []string{
		"CREDIT 2024-02-01 to 2024-02-29: −(1 × 310.00 × 1) = -310.00",
		"CHARGE 2024-02-01 to 2024-02-29: 1 × 300.00 × 1 = 300.00",
	}
	for _, row := range []struct {
		name, history, from, to string
		want                    []string
	}{
		{"a month is credited and charged at the price of now",
			threeMonths + "catalogue P 300.00 from 2024-01-01\nrun 2024-03-02\n  nothing\n", "2024-02-01",
			"2024-03-01", february},
		{"days of a month stand for all of it, since one price holds for a period",
			threeMonths + "catalogue P 300.00 from 2024-01-01\n", "2024-02-10", "2024-02-12", february},
		{"days that nothing was billed for bring nothing",
			threeMonths + "catalogue P 300.00 from 2024-01-01\n", "2023-02-01", "2023-03-01", nil},
		{"a price that is the same brings nothing", threeMonths, "2024-01-01", "2024-04-01", nil},
		{"a price that holds from March leaves February alone",
			threeMonths + "catalogue P 300.00 from 2024-03-01\n", "2024-02-01", "2024-03-01", nil},
		{"an agreed price is not the catalogue's", `
product P MONTHLY 310.00
addon A1 P from 2024-02-01 until 2024-03-01 at 200.00
run 2024-02-01
  CHARGE A1 P to C1, 2024-02-01 to 2024-02-29: 1 × 200.00 × 1 = 200.00
catalogue P 300.00 from 2024-01-01
`, "2024-02-01", "2024-03-01", nil},
		{"what is sold once is taken back and sold again", `
product P NONE 250.00
addon A1 P from 2024-02-15
run 2024-02-15
  CHARGE A1 P to C1, 2024-02-15 to 2024-02-15: 1 × 250.00 = 250.00
catalogue P 25.00 from 2024-01-01
`, "2024-02-01", "2024-03-01", []string{"CREDIT 2024-02-15 to 2024-02-15: −(1 × 250.00) = -250.00",
			"CHARGE 2024-02-15 to 2024-02-15: 1 × 25.00 = 25.00"}},
		{"what was sold once at the right price stays", `
product P NONE 250.00
addon A1 P from 2024-02-15
run 2024-02-15
  CHARGE A1 P to C1, 2024-02-15 to 2024-02-15: 1 × 250.00 = 250.00
`, "2024-02-01", "2024-03-01", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := play(t, row.history)
			require.Equal(t, row.want, h.rerate(t, "2024-03-02", row.from, row.to))
			require.Empty(t, h.rerate(t, "2024-03-02", row.from, row.to), "a second time there is nothing to do")
			due, err := h.run(MustDate("2024-03-02"))
			require.NoError(t, err)
			require.Empty(t, due, "nor has a run anything to do")
		})
	}
}

func TestRerate_NeedsAReasonAndAPrice(t *testing.T) {
	t.Parallel()
	h := play(t, threeMonths)
	r := Rerating{Source: "A1", Period: Period{MustDate("2024-01-01"), MustDate("2024-04-01")}, Actor: "E9"}
	_, err := h.account.Rerate(h.catalog, h.policy, MustDate("2024-03-02"), r)
	require.ErrorIs(t, err, errNoReason)
	r.Reason = "wrong price"
	h.catalog["P"].Price = nil
	_, err = h.account.Rerate(h.catalog, h.policy, MustDate("2024-03-02"), r)
	var held *Held
	require.ErrorAs(t, err, &held)
	require.Equal(t, noPrice, held.Reason)
}

// Whatever was billed at prices that were changed afterwards, back-dated too:
// rated again, all of it costs what it would have cost had they always been so.
func TestProperty_RatingEverythingAgainGivesTheNetOfKnowingThePricesFromTheStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func([]Line, Date) { w.mistake() })
		asOf := w.last()
		w.run(asOf)
		for _, s := range w.h.account.Sources {
			lines, err := w.h.account.Rerate(w.h.catalog, w.h.policy, asOf, Rerating{
				Source: s.ID, Period: Period{1, dateMax}, Reason: "wrong price", Actor: "E9",
			})
			if err != nil {
				t.Fatal(err)
			}
			w.keep(lines)
		}
		w.sameAsForesight(asOf)
		if lines := w.run(asOf); len(lines) > 0 {
			t.Fatalf("a run after it makes lines:\n%s", dump(lines))
		}
	})
}

// mistake changes a price of any day, which the rules except from path independence.
func (w *world) mistake() {
	if !w.chance("mistake", 40) {
		return
	}
	id := rapid.SampledFrom([]string{"P0", "P1", "P2", "P3", "U0", "U1"}).Draw(w.T, "mispriced")
	p := *w.h.catalog[id]
	list := []*Timeline[*Amount]{&p.Price, &p.Wholesale, &p.Cost}[w.pick("list", 3)]
	*list = list.Set(w.near("priced from", 200, 60), w.amount(drawPrice, "right price"))
	w.h.catalog[id] = &p
}

// keep folds lines in that a person asked for.
func (w *world) keep(lines []Line) {
	for _, l := range lines {
		w.h.account.Billed.Apply(l)
	}
	w.h.lines = append(w.h.lines, lines...)
}
