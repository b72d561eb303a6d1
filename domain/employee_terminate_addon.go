package domain

import (
	"tenure/access"
	"tenure/events"
)

// TerminateAddon is employee.terminate_addon: terminate is the first day that is not billed; null lets it continue.
type TerminateAddon struct {
	ID         string `json:"_id"`
	Terminate  Day    `json:"terminate"`
	Terminates Day    `json:"terminates"` // as the published examples spell it
}

// Kind is employee.
func (TerminateAddon) Kind() string { return KindEmployee }

// Operation is change terms.
func (TerminateAddon) Operation() access.Operation { return access.ChangeTerms }

func (c TerminateAddon) item() string { return c.ID }

func (c TerminateAddon) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	addon := e.addon(c.ID)
	if addon == nil {
		return nil, errAddonNotFound
	}
	end := endOf(c.Terminate, c.Terminates)
	if !end.given {
		return nil, invalid("terminate", "is required: a date, or null to let it continue")
	}
	if err := join(checkEnd("terminate", c.Terminate, c.Terminates, w)); err != nil {
		return nil, err
	}
	on := end.in(w)
	if addon.Terminate == on {
		return nil, nil
	}
	return []events.Event{events.AddonTerminated{ID: c.ID, Terminate: on}}, nil
}
