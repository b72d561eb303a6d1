package domain

import (
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// Who may move money, and how far back (rule 27). The rule is about what a command does and not about what it says: it
// is checked on the events that the command would make, so that what is already in force may be repeated, and no
// command and no door is left out.

// earliest is the first day on which the caller may let a change take effect; 0: any.
func (w World) earliest() billing.Date {
	switch {
	case w.can(access.Admin):
		return 0
	case w.can(access.Reseller):
		return w.Today().AddMonths(-w.Policy.BackdateMonths, 1)
	}
	return w.Today()
}

// paths are how a command calls the properties that the rule is about.
type paths struct{ start, terminate, units, effective string }

var (
	listPaths  = paths{"addonProducts.start", "addonProducts.terminate", "addonProducts.units", "effective"}
	addonPaths = paths{"start", "terminate", "units", "effective"}
)

// pathsOf returns how a command calls them.
func pathsOf(c Command) paths {
	switch c.(type) {
	case UpdateAddon, TerminateAddon:
		return addonPaths
	}
	return listPaths
}

// withinMoney passes a decision on, but for events by which the caller would change what is billed before its earliest
// day, or make it negative.
func (e *Employee) withinMoney(c Command, w World, decided []events.Event, err error) ([]events.Event, error) {
	if err != nil || w.can(access.Admin) {
		return decided, err
	}
	m := money{paths: pathsOf(c), earliest: w.earliest(), positive: !w.can(access.Reseller), today: w.Today()}
	for _, event := range decided {
		m.check(e, event)
	}
	if err := join(m.found); err != nil {
		return nil, err
	}
	return decided, nil
}

// money is the check of one command.
type money struct {
	paths    paths
	earliest billing.Date
	today    billing.Date
	positive bool // nothing may be negative
	found    []*Rejection
}

func (m *money) refuse(path, message string) {
	if !slices.ContainsFunc(m.found, func(r *Rejection) bool { return r.Path == path }) {
		m.found = append(m.found, invalid(path, message))
	}
}

// day checks a day that something changes on.
func (m *money) day(path string, on billing.Date) {
	if on < m.earliest {
		m.refuse(path, "Cannot be in the past")
	}
}

// effective checks the day of a change. Whoever has no say over the past has none over the future either: their changes
// take effect today.
func (m *money) effective(on billing.Date) {
	m.day(m.paths.effective, on)
	if m.positive && on > m.today {
		m.refuse(m.paths.effective, "Insufficient access level")
	}
}

func (m *money) units(units billing.Amount) {
	if m.positive && units.Sign() < 0 {
		m.refuse(m.paths.units, "Cannot be negative")
	}
}

// end checks the change of the day on which something ends; 0: never.
func (m *money) end(before, after billing.Date) {
	switch {
	case before == 0:
		m.day(m.paths.terminate, after)
	case after == 0:
		m.day(m.paths.terminate, before)
	default:
		m.day(m.paths.terminate, min(before, after))
	}
}

func (m *money) check(e *Employee, event events.Event) {
	switch event := event.(type) {
	case events.BillingCustomerChanged:
		m.effective(event.Effective)
	case events.EmployeeMoved:
		m.effective(event.Effective)
	case events.ProductAssigned:
		m.effective(event.From)
	case events.AddonAdded:
		m.day(m.paths.start, event.Addon.Start)
		m.units(event.Addon.Units)
		if event.Addon.Terminate != 0 {
			m.day(m.paths.terminate, event.Addon.Terminate)
		}
	case events.AddonUpdated:
		m.addon(e.addon(event.ID), event)
	case events.AddonTerminated:
		var before billing.Date
		if held := e.addon(event.ID); held != nil {
			before = held.Terminate
		}
		m.end(before, event.Terminate)
	}
}

func (m *money) addon(held *billing.Source, event events.AddonUpdated) {
	if event.Start != 0 {
		m.day(m.paths.start, min(held.Start, event.Start))
	}
	if event.Units != nil {
		m.units(*event.Units)
	}
	if event.Units != nil || event.UnitPrice != nil || event.ClearUnitPrice {
		m.effective(event.Effective)
	}
}
