package domain

import (
	"tenure/access"
	"tenure/events"
)

// AssignExtension is employee.assign_extension.
type AssignExtension struct {
	ID     string `json:"_id"`
	Number string `json:"number"`
	Name   string `json:"name"`
}

// Kind is employee.
func (AssignExtension) Kind() string { return KindEmployee }

// Operation is change terms.
func (AssignExtension) Operation() access.Operation { return access.ChangeTerms }

func (c AssignExtension) decide(e *Employee, _ World) ([]events.Event, error) {
	if c.ID == "" {
		return nil, invalid("_id", "is required")
	}
	extension := events.Extension(c)
	if old, ok := e.extension(c.ID); ok && old == extension {
		return nil, nil
	}
	return []events.Event{events.ExtensionAssigned{Extension: extension}}, nil
}
