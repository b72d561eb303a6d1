package domain

import (
	"tenure/billing"
	"tenure/events"
)

// TerminateAddon is employee.terminate_addon: terminate is the first day that is not billed; null lets it go on.
type TerminateAddon struct {
	ID         string       `json:"_id"`
	Terminate  billing.Date `json:"terminate"`
	Terminates billing.Date `json:"terminates"` // as the published examples spell it
}

// Kind is employee.
func (TerminateAddon) Kind() string { return KindEmployee }

// WarningLastDay says that the termination credits the very day up to which the addon is invoiced: people who type the
// last day of the month mostly mean the day after it (rule 13).
const WarningLastDay = "terminate is the first day not billed, and equals invoicedUntil: the last invoiced day is credited"

func (c TerminateAddon) decide(e *Employee, _ World) ([]events.Event, error) {
	addon := e.addon(c.ID)
	if addon == nil {
		return nil, errAddonNotFound
	}
	on := max(c.Terminate, c.Terminates)
	if addon.Terminate == on {
		return nil, nil
	}
	return []events.Event{events.AddonTerminated{ID: c.ID, Terminate: on}}, nil
}

// Warnings tells what a command that was accepted may not have meant.
func Warnings(s Subject, c Command, w World) []string {
	e, isEmployee := s.(*Employee)
	terminate, ok := c.(TerminateAddon)
	if !ok || !isEmployee {
		return nil
	}
	on := max(terminate.Terminate, terminate.Terminates)
	account := e.account(w.Policy)
	if on != 0 && account.InvoicedUntil(terminate.ID) == on {
		return []string{WarningLastDay}
	}
	return nil
}
