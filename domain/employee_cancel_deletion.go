package domain

import (
	"tenure/access"
	"tenure/events"
)

// CancelDeletion is employee.cancel_deletion: it withdraws a deletion before its instant.
type CancelDeletion struct{}

// Kind is employee.
func (CancelDeletion) Kind() string { return KindEmployee }

// Operation is delete.
func (CancelDeletion) Operation() access.Operation { return access.Delete }

func (CancelDeletion) decide(e *Employee, _ World) ([]events.Event, error) {
	if e.Deletion == nil {
		return nil, nil
	}
	return []events.Event{events.DeletionCancelled{}}, nil
}
