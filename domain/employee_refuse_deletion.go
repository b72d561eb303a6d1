package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// RefuseDeletion is employee.refuse_deletion: PBX or provider says that it does not delete an extension or an account,
// and why. It is asked again nevertheless, as of one who says nothing: what stood in the way may be gone tomorrow.
type RefuseDeletion struct {
	ID     string `json:"_id"`
	Reason string `json:"reason"`
}

// Kind is employee.
func (RefuseDeletion) Kind() string { return KindEmployee }

// Operation is confirm.
func (RefuseDeletion) Operation() access.Operation { return access.Confirm }

func (c RefuseDeletion) item() string { return c.ID }

func (RefuseDeletion) whenDeleted() {}

func (c RefuseDeletion) decide(e *Employee, _ World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	switch {
	case c.Reason == "":
		return nil, invalid("reason", "is required")
	case len(c.Reason) > refusalBytesMax:
		return nil, invalid("reason", "has at most 500 bytes")
	case !e.deleting(), e.Deletion.Refused[c.ID] == c.Reason:
		return nil, nil
	case !slices.Contains(e.Deletion.Extensions, c.ID) && !slices.Contains(e.Deletion.Accounts, c.ID):
		return nil, nil
	}
	return []events.Event{events.DeletionRefused(c)}, nil
}
