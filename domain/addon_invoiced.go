package domain

import (
	"tenure/access"
	"tenure/billing"
)

// The invoicedUntil of an addon is the last day that was billed elsewhere (rule 15). Replies show under the same name
// how far it is billed, by us or elsewhere, and clients send replies back: what is not above our own lines says nothing
// new.

// importYearsMax bounds how far ahead an addon may be billed elsewhere: further is a slip of the pen, and nothing would
// ever bill the addon again.
const importYearsMax = 2

var errInvoicedTooFar = invalid("addonProducts.invoicedUntil", "At most two years ahead")

// checkInvoiced refuses an invoicedUntil that is too far ahead.
func checkInvoiced(until billing.Date, w World) []*Rejection {
	if until > w.Today().AddMonths(12*importYearsMax, 0) {
		return []*Rejection{errInvoicedTooFar}
	}
	return nil
}

// newInvoiced is what a given invoicedUntil changes the imported day of an addon to; 0 where it changes nothing. It
// moves back only for a RESELLER_ADMIN, and only where no line of ours covers the days.
func (e *Employee) newInvoiced(held *billing.Source, given billing.Date, w World) billing.Date {
	own := billing.Inclusive(e.Billed.Furthest(held.ID))
	switch {
	case given == 0 || given == held.InvoicedUntil || given <= own:
		return 0
	case given > held.InvoicedUntil && w.can(leastToSet["addonProducts.invoicedUntil"]):
		return given
	case given < held.InvoicedUntil && w.can(access.ResellerAdmin):
		return given
	}
	return 0
}

// warnInvoiced says of an invoicedUntil that it changed nothing, where its sender may have meant it to.
func (e *Employee) warnInvoiced(t AddonTerms, w World) []string {
	held := e.addon(t.ID)
	given := t.InvoicedUntil.in(w)
	if held == nil || given == 0 || given == e.invoicedUntil(t.ID) || e.newInvoiced(held, given, w) != 0 {
		return nil
	}
	if given == held.InvoicedUntil {
		return nil
	}
	return []string{WarningInvoiced}
}

// WarningInvoiced says that an invoicedUntil was not taken.
const WarningInvoiced = "invoicedUntil is not above what is billed, and was not taken: only a RESELLER_ADMIN moves " +
	"it back, " +
	"to days that no line covers"
