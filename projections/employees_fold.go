package projections

import (
	"encoding/json"
	"fmt"
	"slices"

	"tenure/billing"
	"tenure/events"
)

// take folds an event of the log.
func (e *Employee) take(f *events.Recorded) error {
	known, err := e.fold(f.Event)
	if err != nil {
		return fmt.Errorf("projections: directory folds %s@%d: %w", f.Stream, f.Version, err)
	}
	if !known {
		return errUnexpected("directory", *f)
	}
	e.Shard, e.Position = f.Shard, f.Position
	return nil
}

// fold lets an event change the document. It assigns, as every fold does; only the properties can fail to be read,
// which would mean that the event's bytes are not what was written. false: the event is not one that it knows.
func (e *Employee) fold(event events.Event) (known bool, err error) {
	switch event := event.(type) {
	case events.EmployeeCreated:
		e.Number, e.Customer, e.Reseller, e.Currency = event.Number, event.Customer, event.Reseller, event.Currency
		e.AccessLevel, e.State, e.Created = event.AccessLevel, event.State, event.On
		return true, e.setProperties(event.Attributes, event.Personal)
	case events.EmployeeUpdated:
		if event.AccessLevel != "" {
			e.AccessLevel = event.AccessLevel
		}
		if event.State != "" {
			e.State = event.State
		}
		return true, e.setProperties(event.Attributes, event.Personal)
	case events.EmployeeMoved:
		e.Payers, e.Customer = event.Payers(e.Payers, e.Customer), event.Customer
		return true, nil
	case events.BillingCustomerChanged:
		e.Payers = e.Payers.Set(event.Effective, event.BillingCustomer)
		return true, nil
	}
	return e.foldTerms(event) || e.foldHoldings(event) || e.foldDeletion(event) || e.foldTime(event) ||
		e.foldBilling(event), nil
}

// setProperties merges properties into the object; null takes one away.
func (e *Employee) setProperties(plain, personal events.Attributes) error {
	if len(plain)+len(personal) == 0 {
		return nil
	}
	all := make(map[string]json.RawMessage, len(plain)+len(personal))
	if len(e.Properties) > 0 {
		if err := json.Unmarshal(e.Properties, &all); err != nil {
			return err
		}
	}
	for _, changed := range []events.Attributes{plain, personal} {
		for name, raw := range changed {
			if isNull(raw) {
				delete(all, name)
			} else {
				all[name] = raw
			}
		}
	}
	merged, err := json.Marshal(all)
	e.Properties = merged
	return err
}

func (e *Employee) foldTerms(event events.Event) bool {
	switch event := event.(type) {
	case events.ProductAssigned:
		e.Products = e.Products.Set(event.From, event.Product)
		if e.NewProduct != nil && *e.NewProduct == (NewProduct{Product: event.Product, From: event.From}) {
			e.NewProduct = nil // its time has come; another product in between leaves it scheduled
		}
	case events.ProductChangeScheduled:
		e.NewProduct = &NewProduct{Product: event.Product, From: event.From}
	case events.ProductChangeCancelled, events.ProductChangeDropped:
		e.NewProduct = nil
	case events.AddonAdded:
		e.addAddon(newAddon(event.Addon))
	case events.AddonUpdated:
		if addon := e.Addon(event.ID); addon != nil {
			addon.change(event)
		}
	case events.AddonTerminated:
		if addon := e.Addon(event.ID); addon != nil {
			addon.Terminate = event.Terminate
		}
	default:
		return false
	}
	return true
}

func newAddon(a events.Addon) Addon {
	addon := Addon{
		ID: a.ID, Product: a.Product, Name: a.Name, Description: a.Description, Units: billing.Always(a.Units),
		Start: a.Start, Terminate: a.Terminate, Imported: a.InvoicedUntil,
	}
	if a.UnitPrice != nil {
		addon.UnitPrice = billing.Always(a.UnitPrice)
	}
	return addon
}

func (a *Addon) change(event events.AddonUpdated) {
	if event.Units != nil {
		a.Units = a.Units.Set(event.Effective, *event.Units)
	}
	if event.UnitPrice != nil || event.ClearUnitPrice {
		a.UnitPrice = a.UnitPrice.Set(event.Effective, event.UnitPrice)
	}
	if event.Start != 0 {
		a.Start = event.Start
	}
	if event.Name != nil {
		a.Name = *event.Name
	}
	if event.Description != nil {
		a.Description = *event.Description
	}
	if event.InvoicedUntil != 0 {
		a.Imported = event.InvoicedUntil
	}
}

func (e *Employee) foldHoldings(event events.Event) bool {
	switch event := event.(type) {
	case events.ExtensionAssigned:
		e.Extensions = put(e.Extensions, event.Extension, func(x events.Extension) bool { return x.ID == event.Extension.ID })
	case events.ExtensionUnassigned:
		e.dropExtension(event.ID)
	case events.ExtensionDeleted:
		e.dropExtension(event.ID)
	case events.MvnoAccountAttached:
		e.Accounts = put(e.Accounts, event.Account, func(a events.MvnoAccount) bool { return a.ID == event.Account.ID })
	case events.MvnoAccountDetached:
		e.dropAccount(event.ID)
	case events.MvnoAccountDeleted:
		e.dropAccount(event.ID)
	case events.MvnoAccountRestored: // it lives on without an employee
		e.dropAccount(event.Account.ID)
	case events.MvnoDeletionRequested:
		for i := range e.Accounts {
			if a := &e.Accounts[i]; a.ID == event.ID { // its porting is cancelled and its new rate plan cleared
				a.State, a.NumberState, a.NewRatePlan = "DELETING", "IN_USE", ""
			}
		}
	case events.ExtensionDeletionRequested: // it stays until the PBX confirms
	default:
		return false
	}
	return true
}

// put replaces the item that is the same, at its place, or appends.
func put[T any](list []T, item T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = item
		return list
	}
	return append(list, item)
}

func (e *Employee) dropExtension(id string) {
	e.Extensions = slices.DeleteFunc(e.Extensions, func(x events.Extension) bool { return x.ID == id })
}

func (e *Employee) dropAccount(id string) {
	e.Accounts = slices.DeleteFunc(e.Accounts, func(a events.MvnoAccount) bool { return a.ID == id })
}

func (e *Employee) foldDeletion(event events.Event) bool {
	switch event := event.(type) {
	case events.DeletionScheduled:
		e.Deletion = &Deletion{
			Date: event.Date, At: event.At,
			DeleteExtensions: event.DeleteExtensions, DeleteMvnoAccounts: event.DeleteMvnoAccounts,
		}
	case events.DeletionCancelled:
		e.Deletion = nil
	case events.DeletionStarted:
		if e.Deletion != nil {
			e.Deletion.Started = true
		}
		e.NewProduct = nil
	case events.DeletionRefused:
		e.refused(event)
	case events.DeletionStalled:
		if e.Deletion != nil {
			e.Deletion.Stalled = true
		}
	case events.EmployeeDeleted:
		e.State = "DELETED"
	default:
		return false
	}
	return true
}

func (e *Employee) refused(event events.DeletionRefused) {
	if e.Deletion == nil {
		return
	}
	if e.Deletion.Refused == nil {
		e.Deletion.Refused = map[string]string{}
	}
	e.Deletion.Refused[event.ID] = event.Reason
}

// foldTime folds what changes at its own times: presence and rate plans.
func (e *Employee) foldTime(event events.Event) bool {
	switch event := event.(type) {
	case events.HoldingRated: // billing's own
	case events.PresenceChanged:
		e.Presence = &event.Presence
	case events.AutoPresenceSet:
		e.Auto = event.Slots
	case events.RatePlanChangeScheduled:
		e.changeAccount(event.Account, func(a *events.MvnoAccount) { a.NewRatePlan = event.RatePlan })
	case events.RatePlanChangeCancelled:
		e.changeAccount(event.Account, clearNewRatePlan)
	case events.RatePlanChangeDropped:
		e.changeAccount(event.Account, clearNewRatePlan)
	case events.RatePlanChanged:
		e.changeAccount(event.Account, func(a *events.MvnoAccount) { a.RatePlan, a.NewRatePlan = event.RatePlan, "" })
	default:
		return false
	}
	return true
}

// addAddon adds an addon, or replaces one that has ended by its second rental.
func (e *Employee) addAddon(a Addon) {
	if old := e.Addon(a.ID); old != nil {
		a.Since = old.Terminate
		*old = a
		return
	}
	e.Addons = append(e.Addons, a)
}

func clearNewRatePlan(a *events.MvnoAccount) { a.NewRatePlan = "" }

func (e *Employee) changeAccount(id string, change func(*events.MvnoAccount)) {
	for i := range e.Accounts {
		if e.Accounts[i].ID == id {
			change(&e.Accounts[i])
		}
	}
}

func (e *Employee) foldBilling(event events.Event) bool {
	switch event := event.(type) {
	case events.EmployeeInvoiced:
		for i := range event.Lines {
			e.cover(&event.Lines[i])
		}
	case events.BillingHeld:
		e.Held = event.Reason
	case events.BillingReleased:
		e.Held = ""
	case events.BillingWorkOrdered, events.ReviewSettled: // no screen shows them; their lines are in the documents
	default:
		return false
	}
	return true
}
