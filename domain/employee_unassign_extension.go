package domain

import (
	"tenure/access"
	"tenure/events"
)

// UnassignExtension is employee.unassign_extension.
type UnassignExtension struct {
	ID string `json:"_id"`
}

// Kind is employee.
func (UnassignExtension) Kind() string { return KindEmployee }

// Operation is change terms.
func (UnassignExtension) Operation() access.Operation { return access.ChangeTerms }

func (c UnassignExtension) item() string { return c.ID }

func (c UnassignExtension) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	if _, ok := e.extension(c.ID); !ok {
		return nil, nil
	}
	return append([]events.Event{events.ExtensionUnassigned(c)}, e.rate(extensionSource(c.ID), "", w)...), nil
}
