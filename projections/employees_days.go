package projections

import (
	"slices"

	"tenure/billing"
)

// cover lets a line of the customer's ledger change the covered days of its source: all ledgers cover the same ones
// (rule 22).
func (e *Employee) cover(l *billing.Line) {
	if l.Ledger != billing.Customer || l.Manual || l.Period.To == 0 || l.Period.Empty() {
		return
	}
	days := subtractDays(e.Covered[l.Source], l.Period)
	if l.Kind == billing.Charge {
		days = addDays(days, l.Period)
	}
	switch {
	case len(days) == 0:
		delete(e.Covered, l.Source)
	case e.Covered == nil:
		e.Covered = map[string][]billing.Period{l.Source: days}
	default:
		e.Covered[l.Source] = days
	}
}

// subtractDays takes a period out of sorted, disjoint ones.
func subtractDays(days []billing.Period, p billing.Period) []billing.Period {
	left := make([]billing.Period, 0, len(days)+1)
	for _, d := range days {
		if before := (billing.Period{From: d.From, To: min(d.To, p.From)}); before.From < before.To {
			left = append(left, before)
		}
		if after := (billing.Period{From: max(d.From, p.To), To: d.To}); after.From < after.To {
			left = append(left, after)
		}
	}
	return left
}

// addDays puts a period among sorted, disjoint ones that do not overlap it, and joins those that touch.
func addDays(days []billing.Period, p billing.Period) []billing.Period {
	at, _ := slices.BinarySearchFunc(
		days,
		p.From,
		func(d billing.Period, from billing.Date) int { return int(d.From - from) },
	)
	days = slices.Insert(days, at, p)
	joined := days[:1]
	for _, d := range days[1:] {
		if last := &joined[len(joined)-1]; last.To == d.From {
			last.To = d.To
			continue
		}
		joined = append(joined, d)
	}
	return joined
}
