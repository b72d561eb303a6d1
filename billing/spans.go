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
}

// nothing reports terms without a line: units 0 (rule 8), or a price of 0 under
// policy zeroPriceLines SUPPRESS.
func (t *terms) nothing(p *Policy) bool {
	return t.units.IsZero() || t.priced && t.price.IsZero() && p.ZeroPriceLines == Suppress
}

// span is a range of desired days with equal terms.
type span struct {
	Period
	terms
	sv *service
}

// spans appends the days of the window with their terms on one ledger. Days
// with no units are left out: units 0, no line (rule 8).
func (e *engine) spans(out []span, s *Source, sv *service, l Ledger, window Period) ([]span, error) {
	if window.Empty() {
		return out, nil
	}
	days := e.changeDays(e.days[:0], s, sv, l, window)
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
		t, err := e.termsOn(s, sv, l, p.From)
		if err != nil {
			return out, err
		}
		if t.nothing(e.policy) {
			continue
		}
		if n := len(out); n > first && out[n-1].To == p.From && out[n-1].terms == t {
			out[n-1].To = p.To
			continue
		}
		out = append(out, span{p, t, sv})
	}
	return out, nil
}

// termsOn are the terms of the day d of the service's cover.
func (e *engine) termsOn(s *Source, sv *service, l Ledger, d Date) (terms, error) {
	day := e.served(sv, d)
	t := terms{units: One}
	if units, ok := s.Units.At(day); ok {
		t.units = units
	}
	if e.includes {
		t.included = e.included(s, sv.product, day)
		t.units = t.units.add(t.included.Neg())
	}
	t.payer = e.billTo(sv, l, d, day)
	if l == Customer {
		if own, _ := s.UnitPrice.At(day); own != nil { // rule 4: customer price only
			t.price, t.override, t.priced = *own, true, true
			return t, nil
		}
	}
	if e.needPrices && !t.units.IsZero() {
		price, _, err := priceOf(e.catalog, sv.product, l, e.priceDay(sv, d, day))
		if err != nil {
			return t, err
		}
		t.price, t.priced = price, true
	}
	return t, nil
}

// priceDay is the day whose catalogue price holds on day d: a change takes
// effect at the source's next period (rule 17).
func (e *engine) priceDay(sv *service, d, day Date) Date {
	if e.policy.CatalogPriceChange == Split {
		return day
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
		if e.policy.BillingCustomerSwitch == NextPeriod && sv.recurrence != None {
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
func (e *engine) changeDays(days []Date, s *Source, sv *service, l Ledger, w Period) []Date {
	days = e.ownDays(days, s, sv, l)
	e.settleDays(sv, days, false)
	if l == Customer {
		n := len(days)
		days = daysOf(days, e.account.Payers)
		e.settleDays(sv, days[n:], e.policy.BillingCustomerSwitch == NextPeriod)
	}
	if e.needPrices {
		n := len(days)
		days = priceDays(e.catalog, sv.product, l, days)
		e.settleDays(sv, days[n:], e.policy.CatalogPriceChange != Split)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	return slices.DeleteFunc(days, func(d Date) bool { return d <= w.From || w.To != 0 && d >= w.To })
}

// ownDays appends the days on which what the source itself says may change.
func (e *engine) ownDays(days []Date, s *Source, sv *service, l Ledger) []Date {
	days = daysOf(days, s.Units)
	if l == Customer {
		days = daysOf(days, s.UnitPrice)
	}
	if e.includes {
		days = e.includedDays(days, s, sv.product)
	}
	return days
}

// settleDays moves days inside a month (rule 6) or period (proration NONE) that
// is billed at one day's terms to the next beginning; whole: where the change
// waits for a period, the days inside any.
func (e *engine) settleDays(sv *service, days []Date, whole bool) {
	if sv.fullMonth && e.policy.Proration != NoProration {
		sv.nextMonths(days)
	}
	if whole || e.policy.Proration == NoProration {
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
