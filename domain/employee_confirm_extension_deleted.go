package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// ConfirmExtensionDeleted is employee.confirm_extension_deleted: the PBX has deleted an extension.
type ConfirmExtensionDeleted struct {
	ID string `json:"_id"`
}

// Kind is employee.
func (ConfirmExtensionDeleted) Kind() string { return KindEmployee }

// Operation is confirm.
func (ConfirmExtensionDeleted) Operation() access.Operation { return access.Confirm }

func (c ConfirmExtensionDeleted) item() string { return c.ID }

func (ConfirmExtensionDeleted) whenDeleted() {}

func (c ConfirmExtensionDeleted) decide(e *Employee, _ World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	if !e.deleting() || !slices.Contains(e.Deletion.Extensions, c.ID) {
		return nil, nil
	}
	return e.confirmed(events.ExtensionDeleted(c)), nil
}

// confirmed takes one confirmation in; with the last of them it is deleted.
func (e *Employee) confirmed(event events.Event) []events.Event {
	if len(e.Deletion.Extensions)+len(e.Deletion.Accounts) > 1 {
		return []events.Event{event}
	}
	return []events.Event{event, events.EmployeeDeleted{Date: e.Deletion.Date}}
}
