package billing

import "slices"

// terms are what a line's days have in common (rule: adjacent days of one period
// with equal product, units, price and payer are one line).
type terms struct {
	units    Amount
	included Amount // units that the user product includes, already deducted
	price    Amount
	override bool // the price is the addon's own (rule 4)
	priced   bool // price is known; else it is the catalogue's, looked up when needed
	payer    string
	currency string // of the ledger
}

// nothing reports terms without a line: units 0 (rule 8), or a price of 0 under
// policy zeroPriceLines SUPPRESS.
func (t *terms) nothing(p *Policy) bool {
	return t.units.IsZero() || t.priced && t.price.IsZero() && p.ZeroPriceLines == Suppress
}

// span is a range of desired days with equal terms. held is why its price is not
// known, where it must be.
type span struct {
	Period
	terms
	sv   *service
	held error
}

// spans appends the days of the window with their terms on one ledger. Days
// with no units are left out: units 0, no line (rule 8).
func (e *engine) spans(out []span, sv *service, l Ledger, window Period) []span {
	if window.Empty() {
		return out
	}
	days := e.changeDays(e.days[:0], sv, l, window)
	e.days = days
	first := len(out)
	for i := -1; i < len(days); i++ {
		p := window
		if i >= 0 {
			p.From = days[i]
		}
		if i+1 < len(days) {
			p.To = days[i+1]
		}
		t, held := e.termsOn(sv, l, p.From)
		if t.nothing(sv.policy) {
			continue
		}
		if n := len(out); n > first && out[n-1].To == p.From && out[n-1].terms == t && held == nil {
			out[n-1].To = p.To
			continue
		}
		out = append(out, span{p, t, sv, held})
	}
	return out
}

// unpriced is why the side cannot be billed: a price that is missing on days that
// are ours to bill.
func (sd *side) unpriced() error {
	for i := range sd.spans {
		if sd.spans[i].held != nil {
			return sd.spans[i].held
		}
	}
	return nil
}

// keepWholePeriods keeps the billed days of periods that cost whole however many
// of their days are served (policy proration NONE): an end or a start that moves
// inside one would only make credits of 0.00. It goes by what any ledger covers,
// since all cover the same days.
func (e *engine) keepWholePeriods(sd *side) {
	if e.account.Billed == nil || !e.policy.any(func(p *Policy) bool { return p.Proration == NoProration }) {
		return
	}
	var out []span
	for i := range sd.spans {
		s := sd.spans[i]
		if s.sv.policy.Proration != NoProration || !s.sv.policy.keeps(sd.ledger) {
			out = append(out, s)
			continue
		}
		for d := s.From; d < s.To; {
			whole := s.sv.grid.period(d)
			piece := s
			piece.Period = Period{d, min(s.To, whole.To)}
			d = piece.To
			piece.Period = e.billedWhole(sd, &sd.spans[i], piece.Period, whole)
			if n := len(out); n > 0 && out[n-1].To == piece.From && out[n-1].terms == piece.terms && out[n-1].sv == piece.sv {
				out[n-1].To = piece.To
				continue
			}
			out = append(out, piece)
		}
	}
	sd.spans = out
	e.exclude(sd)
}

// others reports whether a service or a span besides this one lies in some days.
func (sd *side) others(s *span, days Period) bool {
	for i := range sd.services {
		if o := &sd.services[i]; o != s.sv && !o.cover.Intersect(days).Empty() {
			return true
		}
	}
	for i := range sd.spans {
		if o := &sd.spans[i]; o != s && o.overlaps(days) {
			return true
		}
	}
	return false
}

// billedWhole widens days of a span to those that lines of its product cover in
// their period, where nothing else wants days of it.
func (e *engine) billedWhole(sd *side, s *span, days, whole Period) Period {
	if sd.others(s, whole) {
		return days
	}
	for i := range e.account.Billed.Blocks {
		b := &e.account.Billed.Blocks[i]
		if b.Source != s.sv.of.ID || b.Product != s.sv.product || b.oneOff() || b.Anchor != s.sv.anchor ||
			!b.days().overlaps(whole) {
			continue
		}
		for _, p := range b.covered(nil, whole) {
			days = Period{min(days.From, p.From), max(days.To, p.To)}
		}
	}
	return days
}

// termsOn are the terms of the day d of the service's cover. The error is a *[Held]
// where a price must be known and is missing.
func (e *engine) termsOn(sv *service, l Ledger, d Date) (terms, error) {
	day := sv.served(d)
	t := terms{units: One}
	if units, ok := sv.of.Units.At(day); ok {
		t.units = units
	}
	if e.includes && sv.policy.IncludedUnits == Deduct {
		t.included = e.included(sv.of, sv.product, day)
		t.units = t.units.add(t.included.Neg())
	}
	t.payer = e.billTo(sv, l, d, day)
	t.currency = e.account.currency(sv.policy, l, t.payer)
	if l == Customer && t.currency == e.account.currency(sv.policy, Customer, e.account.Customer) {
		// Rule 4: it replaces the customer price only, and is an amount in the customer's currency.
		if own, _ := sv.of.UnitPrice.At(day); own != nil {
			t.price, t.override, t.priced = *own, true, true
			return t, nil
		}
	}
	if e.needPrices && !t.units.IsZero() {
		price, _, err := priceOf(e.catalog, sv.product, sv.list(l, t.currency), sv.priceDay(d))
		if err != nil {
			return t, err
		}
		t.price, t.priced = price, true
	}
	return t, nil
}

// list is whose prices the service is billed at.
func (sv *service) list(l Ledger, currency string) list { return list{l, currency, sv.policy.Currency} }

// priceDay is the day whose catalogue price holds on day d: a change takes
// effect at the source's next period (rule 17).
func (sv *service) priceDay(d Date) Date {
	if sv.policy.CatalogPriceChange == Split {
		return sv.served(d)
	}
	return sv.begins(d)
}

// billTo is who pays on a ledger (rules 19 and 22).
func (e *engine) billTo(sv *service, l Ledger, d, day Date) string {
	switch l {
	case Reseller:
		return e.account.Reseller
	case Cost:
		return Platform
	}
	if len(e.account.Payers) > 0 {
		if sv.policy.BillingCustomerSwitch == NextPeriod && sv.recurrence != None {
			day = sv.begins(d) // the payer at the start of the period pays all of it
		}
		if payer, _ := e.account.Payers.At(day); payer != "" {
			return payer
		}
	}
	return e.account.Customer
}

// changeDays appends the days inside the window on which the terms may change,
// sorted, each moved to where the policy lets it take effect.
func (e *engine) changeDays(days []Date, sv *service, l Ledger, w Period) []Date {
	days = e.ownDays(days, sv, l)
	sv.settleDays(days, false)
	if l == Customer {
		n := len(days)
		days = daysOf(days, e.account.Payers)
		sv.settleDays(days[n:], sv.policy.BillingCustomerSwitch == NextPeriod)
	}
	if e.needPrices {
		n := len(days)
		days = priceDays(e.catalog, sv.product, l, days)
		sv.settleDays(days[n:], sv.policy.CatalogPriceChange != Split)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return slices.DeleteFunc(days, func(d Date) bool { return d <= w.From || w.To != 0 && d >= w.To })
}

// ownDays appends the days on which what the source itself says may change.
func (e *engine) ownDays(days []Date, sv *service, l Ledger) []Date {
	days = daysOf(days, sv.of.Units)
	if l == Customer {
		days = daysOf(days, sv.of.UnitPrice)
	}
	if e.includes {
		days = e.includedDays(days, sv.of, sv.product)
	}
	return days
}

// settleDays moves days inside a month (rule 6) or period (proration NONE) that
// is billed at one day's terms to the next beginning; whole: where the change
// waits for a period, the days inside any.
func (sv *service) settleDays(days []Date, whole bool) {
	if sv.fullMonth && sv.policy.Proration != NoProration {
		sv.nextMonths(days)
	}
	if whole || sv.policy.Proration == NoProration {
		sv.nextPeriods(days)
	}
}

// nextMonths moves each day to the beginning of the service's next month; a day
// before the service has taken effect already.
func (sv *service) nextMonths(days []Date) {
	for i, d := range days {
		if d <= sv.From {
			days[i] = 0
		} else if m := sv.grid.monthPeriod(d); d != m.From {
			days[i] = m.To
		}
	}
}

// nextPeriods moves each day to the beginning of the service's next period; a
// day before the service has taken effect already.
func (sv *service) nextPeriods(days []Date) {
	for i, d := range days {
		if d <= sv.From {
			days[i] = 0
		} else if p := sv.grid.period(d); d != p.From {
			days[i] = p.To
		}
	}
}

// daysOf appends the first days of a timeline's entries.
func daysOf[T any](days []Date, t Timeline[T]) []Date {
	for i := range t {
		if t[i].From > 0 {
			days = append(days, t[i].From)
		}
	}
	return days
}
