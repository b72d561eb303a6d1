package billing

// service is one product of a source over time: the whole of an addon, or the
// user product between two changes (rule 12).
type service struct {
	product string
	kind
	Period        // the days served, [start, end); To 0 is open
	grid   grid   // natural periods, unless the product is billed once
	anchor Anchor // zero for calendar periods
	// cover is the days that may be billed: the days served, widened to whole
	// months for a product with rule 6.
	cover Period
	// furthest is the end of the furthest day that was billed for the source at
	// the product.
	furthest Date
}

// end is the first day after the source is not billed any more: the earlier of
// its termination and the deletion (rules 13 and 14).
func (e *engine) end(s *Source) Date {
	end := earlier(s.Terminate, e.account.Ends)
	if end != 0 && e.policy.ChangeDay == OldState {
		end++ // policy changeDay: the day of the change still belongs to the old state
	}
	return end
}

// split appends the source's services in order of their days. Those without a
// day are left out: never served, never billed (rule 13).
func (e *engine) split(out []service, s *Source) ([]service, error) {
	end := e.end(s)
	first := len(out)
	for i, entry := range s.Products {
		p := Period{max(entry.From, s.Start), end}
		if i+1 < len(s.Products) {
			p.To = earlier(s.Products[i+1].From, end)
		}
		if p.From <= 0 || p.Empty() || entry.Value == "" {
			continue
		}
		if n := len(out); n > first && out[n-1].product == entry.Value && out[n-1].To == p.From {
			from := out[n-1].From
			out = out[:n-1] // the same product goes on
			p.From = from
		}
		k, err := kindOf(e.catalog, entry.Value)
		if err != nil {
			return out, err
		}
		sv := service{product: entry.Value, kind: k, Period: p, cover: p}
		if k.recurrence != None {
			sv.anchor = e.anchor(s, &sv, len(out) == first)
			sv.grid = gridOf(k.recurrence, sv.anchor, k.fullMonth)
			sv.widen(out[first:])
		}
		if !sv.cover.Empty() {
			out = append(out, sv)
		}
	}
	return out, nil
}

// anchor decides the boundaries of the natural periods (rule 3). Once something
// of a source's first service has been billed its anchor is kept, so that a start
// that moves changes only its own days (rule 16). A product that replaces another
// is anchored at the day it is assigned (rule 12).
func (e *engine) anchor(s *Source, sv *service, first bool) Anchor {
	if first && e.account.Billed != nil {
		for i := range e.account.Billed.Blocks {
			if b := &e.account.Billed.Blocks[i]; b.anchors(s.ID, sv) {
				return b.Anchor
			}
		}
	}
	if e.policy.Alignment == Calendar {
		return Anchor{}
	}
	return e.policy.anchorOf(sv.recurrence, sv.From)
}

// widen applies rule 6: every anchored month touched by the service is covered
// whole. A month that an earlier service of the source touched stays with it.
func (sv *service) widen(before []service) {
	if sv.fullMonth {
		sv.cover.From = sv.grid.monthPeriod(sv.From).From
		if sv.To != 0 {
			sv.cover.To = sv.grid.monthPeriod(sv.To - 1).To
		}
	}
	if n := len(before); n > 0 && sv.cover.From < before[n-1].cover.To {
		sv.cover.From = before[n-1].cover.To
	}
}

// served is the day whose terms hold on day d of the cover: rule 6 and policy
// proration NONE bill a month or period at the terms of its first served day.
func (e *engine) served(sv *service, d Date) Date {
	if e.policy.Proration == NoProration && sv.recurrence != None {
		d = sv.grid.period(d).From
	}
	return max(d, sv.From)
}

// begins is the first served day of the natural period of d, the day whose
// catalogue price holds for all of it (rule 17).
func (sv *service) begins(d Date) Date {
	if sv.recurrence == None {
		return sv.From
	}
	return max(sv.grid.period(d).From, sv.From)
}

// horizon is the part of the service that should have been billed by asOf. The
// horizon is max(asOf, furthest day billed at the product): it never shrinks.
func (e *engine) horizon(sv *service) Period {
	if e.policy.BillingMode == InArrears {
		return e.arrears(sv)
	}
	// Rule 9, IN_ADVANCE: a period is due when max(period start, service start)
	// is reached, whole, with the changes already known inside it.
	until := e.asOf
	// Days that an earlier service of the source was billed for, widened past
	// this one's start (rule 6), do not make this one due.
	if Inclusive(sv.furthest) >= sv.cover.From {
		until = max(until, Inclusive(sv.furthest))
	}
	if until < sv.From {
		return Period{sv.cover.From, sv.cover.From}
	}
	return Period{sv.cover.From, earlier(sv.grid.period(until).To, sv.cover.To)}
}

// arrears is rule 9, IN_ARREARS: due when the period has ended, or the service
// has. Days billed before an end was moved stay billed.
func (e *engine) arrears(sv *service) Period {
	until := max(e.asOf, sv.furthest)
	if sv.To != 0 && sv.To <= e.asOf {
		return sv.cover
	}
	to := max(sv.grid.period(until).From, sv.furthest)
	return Period{sv.cover.From, max(sv.cover.From, earlier(to, sv.cover.To))}
}
