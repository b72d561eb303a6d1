package billing

// service is one product of a source over time under one policy: an addon's
// rental, or the user product between two changes (rule 12), up to where another
// policy rates its periods (rule 29).
type service struct {
	of      *Source // the rental with its terms
	product string
	kind
	Period         // the days served, [start, end); To 0 is open
	policy *Policy // that rates its periods
	grid   grid    // natural periods, unless the product is billed once
	anchor Anchor  // zero for calendar periods
	// cover is the days that may be billed: the days served, widened to whole
	// months for a product with rule 6.
	cover Period
	// since is the first day of the service before it was cut at a policy. The
	// rental's lines lie between the ends of the one before it and its own, where
	// another follows.
	since, after, before Date
	// free is the first day that no earlier rental covers: its last month may reach
	// behind its end (rule 6).
	free     Date
	replaces bool // another product of the source came before it
	// furthest is the end of the furthest day that was billed for the source at
	// the product.
	furthest Date
}

// end is the first day after the source is not billed any more: the earlier of
// its termination and the deletion (rules 13 and 14).
func (e *engine) end(s *Source) Date {
	end := earlier(s.Terminate, e.account.Ends)
	if end != 0 && e.policy.on(end).ChangeDay == OldState {
		end++ // policy changeDay: the day of the change still belongs to the old state
	}
	return end
}

// split appends the source's services in order of their days. Those without a
// day are left out: never served, never billed (rule 13).
func (e *engine) split(out []service, s *Source) ([]service, error) {
	var err error
	var after Date
	if len(s.Before) > 0 {
		s.rentals(func(rental *Source) bool {
			before := rental.Terminate
			if rental == s {
				before = 0
			}
			out, err = e.splitRental(out, rental, after, before)
			after = before
			return err == nil
		})
		return out, err
	}
	return e.splitRental(out, s, 0, 0)
}

func (e *engine) splitRental(out []service, s *Source, after, before Date) ([]service, error) {
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
			p.From = out[n-1].since // the same product goes on
			for len(out) > first && out[len(out)-1].since == p.From {
				out = out[:len(out)-1]
			}
		}
		k, err := kindOf(e.catalog, entry.Value)
		if err != nil {
			return out, err
		}
		sv := service{of: s, product: entry.Value, kind: k, Period: p, since: p.From, after: after, before: before}
		sv.free = max(after, coveredTo(out[:first]))
		sv.replaces = len(out) > first
		out = e.place(out, sv)
	}
	return e.lastDay(out, first, s), nil
}

// coveredTo is the end of the last of services.
func coveredTo(services []service) Date {
	if len(services) == 0 {
		return 0
	}
	return services[len(services)-1].cover.To
}

// lastDay moves the end of the rental's last service where the policy that rates
// its days has another changeDay than the one of the end itself.
func (e *engine) lastDay(out []service, first int, s *Source) []service {
	end := earlier(s.Terminate, e.account.Ends)
	if e.policy.log == nil || len(out) == first || out[len(out)-1].To != e.end(s) {
		return out
	}
	last := &out[len(out)-1]
	if last.policy.ChangeDay == OldState {
		end++
	}
	if last.To == end {
		return out
	}
	last.To, last.cover = end, Period{last.From, end}
	last.widen(out[:len(out)-1])
	if last.Empty() || last.cover.Empty() {
		return out[:len(out)-1]
	}
	return out
}

// place appends a service, cut where another policy begins to rate its periods:
// at the first boundary from its day on.
func (e *engine) place(out []service, sv service) []service {
	if sv.recurrence == None {
		sv.policy, sv.cover = e.policy.on(sv.From), sv.Period
		return append(out, sv)
	}
	sv.policy = e.policy.on(sv.From)
	e.align(&sv)
	if e.policy.log == nil {
		sv.cover = sv.Period
		sv.widen(out)
		if sv.Empty() || sv.cover.Empty() {
			return out
		}
		return append(out, sv)
	}
	rated := sv.grid.period(sv.From).From // the day whose policy rates the first period
	sv.policy = e.policy.on(rated)
	e.align(&sv)
	for {
		rest := sv
		to := e.cut(&sv, rated)
		if to != 0 {
			sv.To = to
		}
		sv.cover = sv.Period
		sv.widen(out)
		if !sv.Empty() && !sv.cover.Empty() {
			out = append(out, sv)
		}
		if to == 0 {
			return out
		}
		sv, rated = rest, to
		sv.From, sv.policy = max(to, sv.From), e.policy.on(to)
		e.align(&sv)
	}
}

// cut is the boundary from which another policy rates the service's periods than
// the one of a day, or no date.
func (e *engine) cut(sv *service, rated Date) Date {
	next := e.policy.changesAfter(rated)
	if next == 0 {
		return 0
	}
	if p := sv.grid.period(next); p.From != next {
		next = p.To
	}
	if sv.To != 0 && next >= sv.To {
		return 0
	}
	return next
}

// align decides the boundaries of the service's natural periods (rule 3). Once
// something of a source's first service has been billed its anchor is kept, so
// that a start that moves changes only its own days (rule 16). A product that
// replaces another is anchored at the day it is assigned (rule 12).
func (e *engine) align(sv *service) {
	sv.anchor = Anchor{}
	if b := e.anchoring(sv); b != nil {
		sv.anchor = b.Anchor
	} else if sv.policy.Alignment == Anniversary {
		sv.anchor = sv.policy.anchorOf(sv.recurrence, sv.since)
	}
	sv.grid = gridOf(sv.recurrence, sv.anchor, sv.fullMonth)
}

// anchoring is a billed line that gives the service its anchor, or nil.
func (e *engine) anchoring(sv *service) *Block {
	if sv.replaces || e.account.Billed == nil {
		return nil
	}
	for i := range e.account.Billed.Blocks {
		if b := &e.account.Billed.Blocks[i]; b.anchors(sv, e.policy) {
			return b
		}
	}
	return nil
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
func (sv *service) served(d Date) Date {
	if sv.policy.Proration == NoProration && sv.recurrence != None {
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
	if sv.policy.BillingMode == InArrears {
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

// reach notes how far the source was billed at the product: for a product that
// replaces another, and for a second rental, since it began. A second rental of the
// product that begins where the first ended lets the product stay.
func (e *engine) reach(sv, before *service) {
	if before != nil && before.of != sv.of && before.product == sv.product && before.To == sv.since {
		sv.furthest = before.furthest
		return
	}
	from, begins := Date(0), min(sv.since, sv.cover.From)
	if sv.replaces {
		from = begins
	} else if sv.after != 0 {
		from = min(sv.after, sv.cover.From)
	}
	sv.furthest = e.account.Billed.furthest(sv, from, begins)
}
