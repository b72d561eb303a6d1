package domain

import (
	"tenure/billing"
	"tenure/events"
)

// addonsMax bounds the addons of one employee.
const addonsMax = 500

var errTooManyAddons = invalid("addonProducts", "An employee has at most 500 addon products")

// AddonTerms are the published properties of an addon in a command.
type AddonTerms struct {
	ID            string                   `json:"_id"`
	Product       string                   `json:"product"`
	Name          Optional[string]         `json:"name"`
	Description   Optional[string]         `json:"description"`
	Units         *billing.Amount          `json:"units"` // default 1
	UnitPrice     Optional[billing.Amount] `json:"unitPrice"`
	Start         Day                      `json:"start"` // default today
	Terminate     Day                      `json:"terminate"`
	Terminates    Day                      `json:"terminates"` // as the published examples spell it
	InvoicedUntil Day                      `json:"invoicedUntil"`
}

// addonsHeld counts the addons that may still be billed: what has ended, or was billed once, takes no place.
func (e *Employee) addonsHeld(w World) int {
	n := 0
	for i := range e.Addons {
		s := &e.Addons[i]
		if (s.Terminate == 0 || s.Terminate > w.Today()) && !e.Billed.Once(s.ID) {
			n++
		}
	}
	return n
}

// check is what the terms of a new addon must be for an employee of a customer.
func (t AddonTerms) check(customer string, w World) []*Rejection {
	found := append(checkEnd("addonProducts.terminate", t.Terminate, t.Terminates, w), t.checkTexts()...)
	if t.ID == "" || t.ID == billing.ProductSource {
		found = append(found, invalid("addonProducts._id", "Each addon product needs its own id"))
	} else if refused := w.checkNewID("addonProducts._id", t.ID); refused != nil {
		found = append(found, refused)
	}
	if !w.assignable(t.Product, customer, t.start(w)) {
		found = append(found, errAddonProduct)
	}
	return append(found, checkInvoiced(t.InvoicedUntil.in(w), w)...)
}

// normalized gives ids their one spelling and leaves out what the actor may not set.
func (t AddonTerms) normalized(n int, w World) AddonTerms {
	t.ID = or(t.ID, w.madeID("addon", n))
	t.ID, t.Product = CanonicalID(t.ID), CanonicalID(t.Product)
	if !w.can(leastToSet["addonProducts.unitPrice"]) {
		t.UnitPrice = Optional[billing.Amount]{}
	}
	if !w.can(leastToSet["addonProducts.invoicedUntil"]) {
		t.InvoicedUntil = Day{}
	}
	return t
}

// end is the first day not billed, in either spelling, or what is there where neither is given; 0: none.
func (t AddonTerms) end(there billing.Date, w World) billing.Date {
	return endOf(t.Terminate, t.Terminates).or(there, w)
}

// endOf is the one of both spellings that is given.
func endOf(terminate, terminates Day) Day {
	if terminate.given {
		return terminate
	}
	return terminates
}

// checkEnd refuses two spellings that say different days.
func checkEnd(path string, terminate, terminates Day, w World) []*Rejection {
	if terminate.given && terminates.given && terminate.in(w) != terminates.in(w) {
		return []*Rejection{invalid(path, "is given twice, with different days")}
	}
	return nil
}

func (t AddonTerms) addon(w World) events.Addon {
	a := events.Addon{
		ID: t.ID, Product: t.Product, Name: t.Name.or(""), Description: t.Description.or(""), Units: billing.One,
		UnitPrice: t.UnitPrice.value, Start: t.start(w), Terminate: t.end(0, w),
		InvoicedUntil: t.InvoicedUntil.in(w),
	}
	if t.Units != nil {
		a.Units = *t.Units
	}
	return a
}

func (t AddonTerms) start(w World) billing.Date {
	if on := t.Start.in(w); on != 0 {
		return on
	}
	return w.Today()
}

// checkTexts bounds how an addon is called.
func (t AddonTerms) checkTexts() []*Rejection {
	return nonNil(checkText("addonProducts.name", t.Name.or(""), nameMax, false),
		checkText("addonProducts.description", t.Description.or(""), notesMax, true))
}
