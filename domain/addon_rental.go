package domain

import (
	"tenure/billing"
)

// An addon that is added again under an id that has ended, with its product and a start behind that end, is a second
// rental: the first keeps its days and lines (rule 13). Without such a start it is the same rental that continues, and
// update_addon with a start corrects the current one.

var errRentalBefore = invalid("addonProducts.start", "Must be after the end of the rental before it")

// rentsAgain reports whether terms given for an addon are a second rental of it.
func (t AddonTerms) rentsAgain(held *billing.Source, w World) bool {
	start := t.Start.in(w)
	if t.Product != "" && t.Product != productOf(held) {
		return false
	}
	ended := held.Terminate != 0 && held.Terminate <= w.Today()
	return ended && start != 0 && start != held.Start && start >= held.Terminate && held.Terminate > held.Start
}

// checkRental refuses a start of the current rental that lies in the one before it.
func checkRental(held *billing.Source, start billing.Date) []*Rejection {
	if n := len(held.Before); start != 0 && n > 0 && start < held.Before[n-1].Terminate {
		return []*Rejection{errRentalBefore}
	}
	return nil
}
