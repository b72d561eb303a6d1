package domain

import (
	"tenure/access"
	"tenure/events"
)

// AddAddon is employee.add_addon.
type AddAddon struct {
	AddonTerms
}

// Kind is employee.
func (AddAddon) Kind() string { return KindEmployee }

// Operation is change terms.
func (AddAddon) Operation() access.Operation { return access.ChangeTerms }

func (c AddAddon) decide(e *Employee, w World) ([]events.Event, error) {
	c.AddonTerms = c.normalized(0, w)
	if err := join(c.check(e.Customer, w)); err != nil {
		return nil, err
	}
	held := e.addon(c.ID)
	if held != nil && !c.rentsAgain(held, w) || held == nil && c.repeats(e, w) {
		return nil, reject(statusConflict, "addonProducts._id", "The employee has an addon product with this id already")
	}
	if held == nil && e.addonsHeld(w) >= addonsMax {
		return nil, errTooManyAddons
	}
	return []events.Event{events.AddonAdded{Addon: c.addon(w)}}, nil
}
