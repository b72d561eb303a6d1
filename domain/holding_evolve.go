package domain

import (
	"maps"
	"slices"

	"tenure/events"
)

// evolveHoldings takes an event of extensions and mobile accounts; false: it is none.
func (e *Employee) evolveHoldings(event events.Event) bool {
	switch event := event.(type) {
	case events.ExtensionAssigned:
		e.Extensions = append(without(e.Extensions, event.Extension.ID, extensionID), event.Extension)
	case events.ExtensionUnassigned:
		e.Extensions = without(e.Extensions, event.ID, extensionID)
	case events.HoldingRated:
		e.evolveHolding(event)
	case events.MvnoAccountAttached:
		e.attach(event.Account)
	case events.MvnoAccountDetached:
		e.Accounts = without(e.Accounts, event.ID, accountID)
		e.planRate(event.ID, "", nil)
	default:
		return false
	}
	return true
}

// attach notes an account, or what is known of it now, at its place.
func (e *Employee) attach(account events.MvnoAccount) {
	accounts := slices.Clone(e.Accounts)
	if i := slices.IndexFunc(accounts, func(a events.MvnoAccount) bool { return a.ID == account.ID }); i >= 0 {
		accounts[i] = account
	} else {
		accounts = append(accounts, account)
	}
	e.Accounts = accounts
}

// planRate notes the rate plan that an account will have; none: it keeps its own.
func (e *Employee) planRate(account, plan string, change *ProductChange) {
	e.RatePlans = maps.Clone(e.RatePlans)
	if change == nil {
		delete(e.RatePlans, account)
	} else {
		if e.RatePlans == nil {
			e.RatePlans = map[string]ProductChange{}
		}
		e.RatePlans[account] = *change
	}
	for i := range e.Accounts {
		if e.Accounts[i].ID == account {
			e.Accounts[i].NewRatePlan = plan
		}
	}
}

// markDeleting puts an account under deletion: its porting is cancelled and its new rate plan cleared. What it was is
// kept for those who want it back.
func (e *Employee) markDeleting(id string) {
	e.planRate(id, "", nil)
	for i := range e.Accounts {
		if e.Accounts[i].ID != id {
			continue
		}
		e.Accounts[i].NumberState = numberInUse
		if !slices.ContainsFunc(e.Deleted, func(d DeletedAccount) bool { return d.Account.ID == id }) {
			e.Deleted = append(slices.Clone(e.Deleted), DeletedAccount{Account: e.Accounts[i], At: e.Deletion.At})
		}
		e.Accounts[i].State = stateDeleting
	}
}

// giveBack lets an account live on without an employee: nobody waits for its deletion any more.
func (e *Employee) giveBack(id string) {
	e.Accounts = without(e.Accounts, id, accountID)
	e.Deletion.Accounts = without(e.Deletion.Accounts, id, itself)
	e.Deleted = slices.Clone(e.Deleted)
	for i := range e.Deleted {
		if e.Deleted[i].Account.ID == id {
			e.Deleted[i].Restored = true
		}
	}
}
