package domain

import (
	"tenure/access"
	"tenure/billing"
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

// on is the first day not billed, in either spelling; 0: it continues.
func (c TerminateAddon) on(w World) billing.Date { return max(c.Terminate.in(w), c.Terminates.in(w)) }

func (c TerminateAddon) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	addon := e.addon(c.ID)
	if addon == nil {
		return nil, errAddonNotFound
	}
	on := c.on(w)
	if addon.Terminate == on {
		return nil, nil
	}
	return []events.Event{events.AddonTerminated{ID: c.ID, Terminate: on}}, nil
}
