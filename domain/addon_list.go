package domain

import (
	"tenure/billing"
	"tenure/events"
)

// The list addonProducts of an update is replaced whole, matched by _id. An addon that is not in it any more ends
// today: it is money, so the days that were used are billed and only those after it are credited, as if it had been
// terminated. Of an addon that stays, what is absent stays as it is, null takes a name, a description, an end or a
// price away, and invoicedUntil is kept (T3).

var (
	errAddonTwice = invalid("addonProducts._id", "is twice in the list")
	errAddonKeeps = reject(
		statusConflict,
		"addonProducts.product",
		"An addon product keeps its product: add another one instead",
	)
)

// checkAddons checks the list.
func (c UpdateEmployee) checkAddons(e *Employee, w World) []*Rejection {
	if c.AddonProducts == nil {
		return nil
	}
	var found []*Rejection
	seen, customer := map[string]bool{}, or(c.Customer, e.Customer)
	total := e.addonsHeld(w)
	for _, t := range *c.AddonProducts {
		if seen[t.ID] {
			found = append(found, errAddonTwice)
		}
		seen[t.ID] = true
		held := e.addon(t.ID)
		switch {
		case held == nil && t.repeats(e, w):
		case held == nil:
			total++
			found = append(found, t.check(customer, w)...)
		case t.Product != "" && t.Product != productOf(held):
			found = append(found, errAddonKeeps)
		case t.rentsAgain(held, w):
			t.Product = productOf(held)
			found = append(found, t.check(customer, w)...)
		default:
			found = append(found, t.checkTexts()...)
			found = append(found, checkEnd("addonProducts.terminate", t.Terminate, t.Terminates, w)...)
			found = append(found, checkInvoiced(e.newInvoiced(held, t.InvoicedUntil.in(w), w), w)...)
			found = append(found, checkRental(held, t.Start.in(w))...)
		}
	}
	if total > addonsMax {
		found = append(found, errTooManyAddons)
	}
	return found
}

// productOf is the product of an addon, which it keeps.
func productOf(addon *billing.Source) string {
	id, _ := addon.Products.At(addon.Start)
	return id
}

// changeAddons gives what makes the employee's addons those of the list.
func (c UpdateEmployee) changeAddons(e *Employee, w World) []events.Event {
	if c.AddonProducts == nil {
		return nil
	}
	var out []events.Event
	listed := map[string]bool{}
	for _, t := range *c.AddonProducts {
		listed[t.ID] = true
		held := e.addon(t.ID)
		switch {
		case held == nil && t.repeats(e, w):
		case held == nil:
			out = append(out, events.AddonAdded{Addon: t.addon(w)})
		case t.rentsAgain(held, w):
			t.Product = productOf(held)
			out = append(out, events.AddonAdded{Addon: t.addon(w)})
		default:
			out = append(out, c.changeAddon(e, held, t, w)...)
		}
	}
	for _, held := range e.Addons {
		if !listed[held.ID] && (held.Terminate == 0 || held.Terminate > w.Today()) {
			out = append(out, events.AddonTerminated{ID: held.ID, Terminate: w.Today()})
		}
	}
	return out
}

func (c UpdateEmployee) changeAddon(e *Employee, held *billing.Source, t AddonTerms, w World) []events.Event {
	update := c.changedTerms(e, held, t, w)
	text := e.Profile.Addons[t.ID]
	if name := t.Name.or(text.Name); name != text.Name {
		update.Name = &name
	}
	if description := t.Description.or(text.Description); description != text.Description {
		update.Description = &description
	}
	var out []events.Event
	if changesAddon(*held, update, c.dated) {
		out = append(out, update)
	}
	if end := t.end(held.Terminate, w); end != held.Terminate {
		out = append(out, events.AddonTerminated{ID: t.ID, Terminate: end})
	}
	return out
}

// shownOn is the day whose terms a reply shows of an addon, which is compared with unless the command names a day: one
// that has not begun is shown as it will begin.
func (c UpdateEmployee) shownOn(held *billing.Source) billing.Date {
	if c.dated {
		return c.from
	}
	return max(c.from, held.Start)
}

// changedTerms are the terms that are not so already, or have no separate entry on a day that the command names.
func (c UpdateEmployee) changedTerms(e *Employee, held *billing.Source, t AddonTerms, w World) events.AddonUpdated {
	update := events.AddonUpdated{ID: t.ID, Effective: c.from, Start: t.Start.in(w)}
	units, _ := held.Units.At(c.shownOn(held))
	if t.Units != nil && (*t.Units != units || c.dated && !begins(held.Units, c.from)) {
		update.Units = t.Units
	}
	if w.can(leastToSet["addonProducts.unitPrice"]) && c.changesUnitPrice(held, t) {
		update.UnitPrice, update.ClearUnitPrice = t.UnitPrice.value, t.UnitPrice.value == nil
	}
	if update.Start == held.Start {
		update.Start = 0
	}
	update.InvoicedUntil = e.newInvoiced(held, t.InvoicedUntil.in(w), w)
	return update
}

func (c UpdateEmployee) changesUnitPrice(held *billing.Source, t AddonTerms) bool {
	if !t.UnitPrice.given {
		return false
	}
	price, _ := held.UnitPrice.At(c.shownOn(held))
	never := t.UnitPrice.value == nil && len(held.UnitPrice) == 0
	return !equalAmount(t.UnitPrice.value, price) || c.dated && !never && !begins(held.UnitPrice, c.from)
}
