package billing

import (
	"maps"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// given is what partial credits have given back of the lines that still cover days.
func (b *Billed) given() (sum decimal.Decimal) {
	for i := range b.Blocks {
		sum = sum.Add(b.Blocks[i].Given.Decimal().Abs())
	}
	return sum
}

// goodwill gives back parts of random lines, and returns their sum.
func (w *world) goodwill() (sum decimal.Decimal) {
	for range 1 + w.pick("partial credits", 3) {
		share := MustAmount(rapid.SampledFrom([]string{"0.1", "0.5", "1"}).Draw(w.T, "share"))
		l, err := w.h.account.CreditLine(w.h.policy, LineCredit{
			Line: w.h.lines[w.pick("credited line", len(w.h.lines))].ID, Share: &share, Reason: "goodwill", Actor: "E9",
		})
		if err != nil {
			w.refused(err)
			continue
		}
		w.keep([]Line{l})
		sum = sum.Add(l.Amount.Decimal().Abs())
	}
	return sum
}

// After partial credits (rule 30) the schedule of runs does not matter either, as long as the lines that they name
// last: what was given of a line that is taken back whole ends with it.
func TestProperty_AnyScheduleOfRunsGivesTheSameNetAfterPartialCredits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.play(func([]Line, Date) {})
		w.run(w.today)
		if len(w.h.lines) == 0 {
			return
		}
		given := w.goodwill()
		once := *w.h
		once.account.Billed, once.lines = w.h.account.Billed.Clone(), slices.Clone(w.h.lines)
		w.play(func([]Line, Date) {})
		asOf := w.last()
		w.run(asOf)
		billed := once.account.Billed
		once.account = w.h.account
		once.account.Billed = billed
		if _, err := once.run(asOf); err != nil {
			t.Fatal(err)
		}
		if !w.h.account.Billed.given().Equal(given) || !once.account.Billed.given().Equal(given) {
			return
		}
		oneOff := func(l *Line) bool { return l.Recurrence == None }
		if got, want := nets(w.h.lines, oneOff), nets(once.lines, oneOff); !maps.EqualFunc(got, want, decimal.Decimal.Equal) {
			t.Fatalf("as of %s: net %v, with one run after the credits %v\n%s\nonce:\n%s", asOf, got, want,
				dump(w.h.lines), dump(once.lines))
		}
	})
}
