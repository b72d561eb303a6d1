package domain

import (
	"tenure/billing"
)

// WarningLastDay says that a termination credits the very day up to which the addon is invoiced: people who type the
// last day of the month mostly mean the day after it (rule 13).
const WarningLastDay = "terminate is the first day not billed, and equals invoicedUntil: " +
	"the last invoiced day is credited"

// Warnings tells what a command that was accepted may not have meant, and what was ignored of it. It is asked before
// the command is decided.
func Warnings(s Subject, c Command, w World) []string {
	e, isEmployee := s.(*Employee)
	if !isEmployee {
		return nil
	}
	switch c := c.(type) {
	case CreateEmployee:
		return append(c.warnIgnored(w), e.warnLastDay(c.AddonProducts, w)...)
	case UpdateEmployee:
		return append(c.warnIgnored(e, w), e.warnTerms(c.listed(), w)...)
	case AddAddon:
		return e.warnLastDay([]AddonTerms{c.AddonTerms}, w)
	case UpdateAddon:
		return e.warnInvoiced(AddonTerms{ID: CanonicalID(c.ID), InvoicedUntil: c.InvoicedUntil}, w)
	case TerminateAddon:
		return e.warnLastDay([]AddonTerms{{ID: c.ID, Terminate: c.Terminate, Terminates: c.Terminates}}, w)
	}
	return nil
}

func (c CreateEmployee) warnIgnored(w World) []string {
	if c.neverIgnored() {
		return nil
	}
	return warnIgnored(c.normalized(w).validationOf(w).listIgnored())
}

func (c UpdateEmployee) warnIgnored(e *Employee, w World) []string {
	if c.neverIgnored() && !e.onlyItself(w) {
		return nil
	}
	s, _ := c.validationOf(e, w)
	return warnIgnored(s.listIgnored())
}

// listed are the addons of an update's list; none where it has no list.
func (c UpdateEmployee) listed() []AddonTerms {
	if c.AddonProducts == nil {
		return nil
	}
	return *c.AddonProducts
}

// warnTerms gives what the terms of a list may not have meant.
func (e *Employee) warnTerms(list []AddonTerms, w World) []string {
	out := e.warnLastDay(list, w)
	for i, t := range list {
		if warning := e.warnInvoiced(t.normalized(i, w), w); len(warning) > 0 {
			return append(out, warning...)
		}
	}
	return out
}

// warnLastDay reports terminations that are new and fall on the last day that is invoiced, by us or, as the list says,
// elsewhere before.
func (e *Employee) warnLastDay(list []AddonTerms, w World) []string {
	for i, t := range list {
		t = t.normalized(i, w)
		end, held := endOf(t.Terminate, t.Terminates).in(w), e.addon(t.ID)
		if end == 0 || held != nil && held.Terminate == end {
			continue
		}
		if end == max(e.invoicedUntil(t.ID), t.InvoicedUntil.in(w)) {
			return []string{WarningLastDay}
		}
	}
	return nil
}

func (e *Employee) invoicedUntil(source string) billing.Date {
	if !e.exists() {
		return 0
	}
	return e.InvoicedUntil(source)
}
