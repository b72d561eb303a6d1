package domain

import (
	"maps"
	"slices"

	"tenure/billing"
	"tenure/events"
)

// Evolve folds an event into its state. It assigns: whatever is in the log was decided and holds.
func (e *Employee) Evolve(event events.Event) {
	e.noteCause(event)
	e.Profile.evolve(event)
	switch event := event.(type) {
	case events.EmployeeCreated:
		e.Number, e.Customer, e.Reseller, e.Currency = event.Number, event.Customer, event.Reseller, event.Currency
		e.AccessLevel, e.State = event.AccessLevel, event.State
	case events.EmployeeUpdated:
		e.AccessLevel, e.State = or(event.AccessLevel, e.AccessLevel), or(event.State, e.State)
	case events.EmployeeDeleted:
		e.State = StateDeleted
	case events.EmployeeMoved:
		e.Payers, e.Customer = event.Payers(e.Payers, e.Customer), event.Customer
	case events.BillingCustomerChanged:
		e.Payers = e.Payers.Set(event.Effective, event.BillingCustomer)
	default:
		if !e.evolveTerms(event) && !e.evolveDeletion(event) && !e.evolveTime(event) {
			e.evolveBilling(event)
		}
	}
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// evolveTerms folds what it holds; false: the event is about something else.
func (e *Employee) evolveTerms(event events.Event) bool {
	switch event := event.(type) {
	case events.ProductAssigned:
		e.assign(event)
	case events.ProductChangeScheduled:
		e.NewProduct = &ProductChange{Product: event.Product, From: event.From}
	case events.ProductChangeCancelled, events.ProductChangeDropped:
		e.NewProduct = nil
	case events.AddonAdded:
		e.addAddon(source(event.Addon))
	case events.AddonUpdated:
		e.evolveAddon(event)
	case events.AddonTerminated:
		if addon := e.addon(event.ID); addon != nil {
			addon.Terminate = event.Terminate
		}
	default:
		return e.evolveHoldings(event)
	}
	return true
}

// assign takes a product from a day on, which may be the one that was scheduled.
func (e *Employee) assign(event events.ProductAssigned) {
	e.Products = e.Products.Set(event.From, event.Product)
	if e.NewProduct != nil && *e.NewProduct == (ProductChange{Product: event.Product, From: event.From}) {
		e.NewProduct = nil
	}
	if event.InvoicedUntil != 0 {
		e.Elsewhere = &billing.Period{From: event.From, To: billing.Exclusive(event.InvoicedUntil)}
	}
}

// addAddon adds an addon, or a second rental of one that has ended. Days billed elsewhere were given with the units and
// the payer of now.
func (e *Employee) addAddon(s billing.Source) {
	if s.InvoicedUntil != 0 {
		units, _ := s.Units.At(s.Start)
		s.InvoicedUnits, s.InvoicedPayer = &units, e.lastPayer()
	}
	old := e.addon(s.ID)
	if old == nil {
		e.Addons = append(e.Addons, s)
		return
	}
	before := *old
	before.Before = nil
	s.Before = append(slices.Clone(old.Before), before)
	*old = s
}

// lastPayer is who pays by the last change that is known.
func (e *Employee) lastPayer() string {
	if n := len(e.Payers); n > 0 {
		return or(e.Payers[n-1].Value, e.Customer)
	}
	return e.Customer
}

func source(a events.Addon) billing.Source {
	s := billing.Source{
		ID: a.ID, Products: billing.Always(a.Product), Start: a.Start, Terminate: a.Terminate,
		Units: billing.Always(a.Units), InvoicedUntil: a.InvoicedUntil, InvoicedFrom: a.Start,
	}
	if a.UnitPrice != nil {
		s.UnitPrice = billing.Always(a.UnitPrice)
	}
	return s
}

func (e *Employee) evolveAddon(event events.AddonUpdated) {
	addon := e.addon(event.ID)
	if addon == nil {
		return
	}
	if event.Units != nil {
		addon.Units = addon.Units.Set(event.Effective, *event.Units)
	}
	if event.UnitPrice != nil || event.ClearUnitPrice {
		addon.UnitPrice = addon.UnitPrice.Set(event.Effective, event.UnitPrice)
	}
	if event.Start != 0 {
		addon.Start = event.Start
	}
	if event.InvoicedUntil != 0 {
		units, _ := addon.Units.At(max(event.Effective, addon.Start))
		addon.InvoicedUntil, addon.InvoicedUnits, addon.InvoicedPayer = event.InvoicedUntil, &units, e.lastPayer()
	}
}

// evolveDeletion folds the process of its deletion; false: the event is about something else.
func (e *Employee) evolveDeletion(event events.Event) bool {
	switch event := event.(type) {
	case events.DeletionScheduled:
		e.Deletion = &Deletion{
			Date: event.Date, At: event.At,
			DeleteExtensions: event.DeleteExtensions, DeleteMvnoAccounts: event.DeleteMvnoAccounts,
		}
	case events.DeletionCancelled:
		e.Deletion = nil
	case events.DeletionStarted:
		e.Deletion.Started, e.NewProduct = true, nil
	case events.ExtensionDeletionRequested:
		e.Deletion.Attempt = event.Attempt
		e.Deletion.Extensions = append(without(e.Deletion.Extensions, event.ID, itself), event.ID)
	case events.MvnoDeletionRequested:
		e.Deletion.Attempt = event.Attempt
		e.Deletion.Accounts = append(without(e.Deletion.Accounts, event.ID, itself), event.ID)
		e.markDeleting(event.ID)
	case events.ExtensionDeleted:
		e.Extensions = without(e.Extensions, event.ID, extensionID)
		e.Deletion.Extensions = without(e.Deletion.Extensions, event.ID, itself)
	case events.MvnoAccountDeleted:
		e.Accounts = without(e.Accounts, event.ID, accountID)
		e.Deletion.Accounts = without(e.Deletion.Accounts, event.ID, itself)
	case events.DeletionRefused:
		refused := maps.Clone(e.Deletion.Refused)
		if refused == nil {
			refused = map[string]string{}
		}
		refused[event.ID] = event.Reason
		e.Deletion.Refused = refused
	case events.DeletionStalled:
		e.Deletion.Stalled = true
	default:
		return false
	}
	return true
}

// evolveTime folds what changes at its own times: rate plans and presence; false: the event is about something else.
func (e *Employee) evolveTime(event events.Event) bool {
	switch event := event.(type) {
	case events.PresenceChanged:
		e.Presence, e.PresenceSince = &event.Presence, event.Since
	case events.AutoPresenceSet:
		e.Auto, e.PresenceSince = event.Slots, event.Since
	case events.RatePlanChangeScheduled:
		e.planRate(event.Account, event.RatePlan, &ProductChange{Product: event.RatePlan, From: event.From})
	case events.RatePlanChangeCancelled:
		e.planRate(event.Account, "", nil)
	case events.RatePlanChangeDropped:
		e.planRate(event.Account, "", nil)
	case events.RatePlanChanged:
		e.planRate(event.Account, "", nil)
		for i := range e.Accounts {
			if e.Accounts[i].ID == event.Account {
				e.Accounts[i].RatePlan = event.RatePlan
			}
		}
	case events.MvnoAccountRestored:
		e.giveBack(event.Account.ID)
	default:
		return false
	}
	return true
}

func (e *Employee) evolveBilling(event events.Event) {
	switch event := event.(type) {
	case events.EmployeeInvoiced:
		e.Billed.Grow(event.Lines)
		for _, line := range event.Lines {
			e.Billed.Apply(line)
		}
		e.Reviewed = append(e.Reviewed, event.Reviews...)
		if len(event.Lines) > 0 {
			e.PeriodsMax = 0 // what a release allowed was for one run
		}
		for _, done := range event.Work {
			e.Work = slices.DeleteFunc(slices.Clone(e.Work), func(w events.BillingWorkOrdered) bool { return w.ID == done.ID })
			e.dropCauses(func(source string) bool { return source == workCause(done.ID) })
		}
		e.settleAddons(event.Settled)
	case events.BillingWorkOrdered:
		e.Work, e.WorkSeq = append(slices.Clone(e.Work), event), event.ID
	case events.ReviewSettled:
		e.Settled = append(slices.Clone(e.Settled), event.Review)
	case events.BillingHeld:
		e.Held, e.HeldWhy = event.Reason, ""
		if event.Reason == ReasonHold {
			e.HeldWhy = event.Detail
		}
	case events.BillingReleased:
		e.Held, e.HeldWhy, e.PeriodsMax = "", "", max(e.PeriodsMax, event.PeriodsMax)
	}
}

func extensionID(x events.Extension) string { return x.ID }
func accountID(a events.MvnoAccount) string { return a.ID }
func itself(id string) string               { return id }

// without gives the list without the item of that id; the old list stays as it is.
func without[T any](list []T, id string, idOf func(T) string) []T {
	return slices.DeleteFunc(slices.Clone(list), func(item T) bool { return idOf(item) == id })
}
