package domain

import (
	"cmp"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// UpdateAddon is employee.update_addon: new terms of an addon from a day on. Each field has its own timeline, so a
// change keeps that field's later entries (rule 17).
type UpdateAddon struct {
	ID            string                   `json:"_id"`
	Units         *billing.Amount          `json:"units"`
	UnitPrice     Optional[billing.Amount] `json:"unitPrice"` // null: back to the catalog's price
	Start         Day                      `json:"start"`
	Name          Optional[string]         `json:"name"`
	Description   Optional[string]         `json:"description"`
	InvoicedUntil Day                      `json:"invoicedUntil"`
	Effective     DateOnly                 `json:"effective"` // of units and unit price; default today
}

// Kind is employee.
func (UpdateAddon) Kind() string { return KindEmployee }

// Operation is change terms.
func (UpdateAddon) Operation() access.Operation { return access.ChangeTerms }

func (c UpdateAddon) item() string { return c.ID }

func (c UpdateAddon) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	addon := e.addon(c.ID)
	if addon == nil {
		return nil, errAddonNotFound
	}
	event := events.AddonUpdated{
		ID: c.ID, Effective: cmp.Or(c.Effective.in(w), w.Today()), Units: c.Units, Start: c.Start.in(w),
	}
	text := e.Profile.Addons[c.ID]
	if name := c.Name.or(text.Name); name != text.Name {
		event.Name = &name
	}
	if description := c.Description.or(text.Description); description != text.Description {
		event.Description = &description
	}
	if err := join(AddonTerms{Name: c.Name, Description: c.Description}.checkTexts()); err != nil {
		return nil, err
	}
	c.setPrice(&event, w)
	event.InvoicedUntil = e.newInvoiced(addon, c.InvoicedUntil.in(w), w)
	if err := join(append(checkInvoiced(event.InvoicedUntil, w), checkRental(addon, event.Start)...)); err != nil {
		return nil, err
	}
	if !changesAddon(*addon, event, c.Effective.in(w) != 0) {
		return nil, nil
	}
	return []events.Event{event}, nil
}

func (c UpdateAddon) setPrice(event *events.AddonUpdated, w World) {
	if c.UnitPrice.given && w.can(leastToSet["addonProducts.unitPrice"]) {
		event.UnitPrice, event.ClearUnitPrice = c.UnitPrice.value, c.UnitPrice.value == nil
	}
}

// changesAddon reports whether an update differs from what holds. So does a day that a command names where its field
// has no entry yet: the entry stays where an earlier one changes later (rule 17).
func changesAddon(a billing.Source, u events.AddonUpdated, dated bool) bool {
	units, _ := a.Units.At(u.Effective)
	newUnits := dated && !begins(a.Units, u.Effective)
	return u.Name != nil || u.Description != nil || u.InvoicedUntil != 0 ||
		u.Start != 0 && u.Start != a.Start ||
		u.Units != nil && (newUnits || *u.Units != units) ||
		changesPrice(a, u, dated)
}

func changesPrice(a billing.Source, u events.AddonUpdated, dated bool) bool {
	price, _ := a.UnitPrice.At(u.Effective)
	newPrice := dated && !begins(a.UnitPrice, u.Effective)
	return u.ClearUnitPrice && (newPrice || price != nil) ||
		u.UnitPrice != nil && (newPrice || !equalAmount(u.UnitPrice, price))
}

// begins reports whether a field has an entry of that very day.
func begins[T any](t billing.Timeline[T], on billing.Date) bool {
	return slices.ContainsFunc(t, func(e billing.Effective[T]) bool { return e.From == on })
}
