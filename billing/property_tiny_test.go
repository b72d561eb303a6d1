package billing

import (
	"testing"

	"pgregory.net/rapid"
)

// Prices near the smallest unit and many changes inside two months make every
// way in which rounding can go: holes, runs that round up, lines without money.
func TestProperty_NetsStayExactWhenPricesAreNearTheRounding(t *testing.T) {
	t.Parallel()
	prices := rapid.SampledFrom([]string{"0.0149", "0.0249", "-0.0149", "0.03", "0.034", "0.0775", "0.155", "0.01", "0.1"})
	units := rapid.SampledFrom([]string{"0", "0", "1", "1", "1", "2"})
	rapid.Check(t, func(t *rapid.T) {
		p, err := drawPolicy(t).Ready()
		if err != nil {
			t.Fatal(err)
		}
		price := MustAmount(prices.Draw(t, "price"))
		start := MustDate("2024-01-01")
		w := &world{T: t, today: start, h: &history{policy: &p, catalog: Products{
			"P": {ID: "P", Recurrence: Monthly, Price: Always(&price), Wholesale: Always(&price), Cost: Always(&price)},
		}}}
		w.h.account = Account{Employee: "E1", Customer: "C1", Reseller: "R1", Billed: &Billed{}}
		w.h.account.Sources = []Source{{ID: "A1", Products: Always("P"), Start: start, Units: Always(One)}}
		b, s := newBook(), &w.h.account.Sources[0]
		for range 2 + w.pick("steps", 14) {
			day := start.AddDays(w.pick("day", 62))
			switch w.pick("op", 6) {
			case 0, 1:
				s.Units = s.Units.Set(day, MustAmount(units.Draw(t, "units")))
			case 2:
				w.h.account.Payers = w.h.account.Payers.Set(day, []string{"C1", "C2"}[w.pick("payer", 2)])
			case 3:
				if p.Alignment == Calendar { // else what was billed keeps its anchor
					s.Start = day
				}
			case 4:
				s.Terminate = []Date{0, day}[w.pick("ends", 2)]
			default:
				w.book(b, w.run(start.AddDays(w.pick("as of", 62))))
			}
		}
		asOf := w.last()
		w.book(b, w.run(asOf))
		w.compare(b)
		w.sameAsForesight(asOf)
	})
}

// book adds new lines to the plain book, which refuses a day covered twice and a
// credit that takes too much.
func (w *world) book(b *book, lines []Line) {
	for _, l := range lines {
		if err := b.add(l); err != nil {
			w.Fatalf("%v\n%s", err, dump(w.h.lines))
		}
	}
}
