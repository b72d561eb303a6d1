package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// ConfirmMvnoAccountDeleted is employee.confirm_mvno_account_deleted: the provider has deleted an account.
type ConfirmMvnoAccountDeleted struct {
	ID string `json:"_id"`
}

// Kind is employee.
func (ConfirmMvnoAccountDeleted) Kind() string { return KindEmployee }

// Operation is confirm.
func (ConfirmMvnoAccountDeleted) Operation() access.Operation { return access.Confirm }

func (c ConfirmMvnoAccountDeleted) item() string { return c.ID }

func (ConfirmMvnoAccountDeleted) whenDeleted() {}

func (c ConfirmMvnoAccountDeleted) decide(e *Employee, _ World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	if !e.deleting() || !slices.Contains(e.Deletion.Accounts, c.ID) {
		return nil, nil
	}
	return e.confirmed(events.MvnoAccountDeleted(c)), nil
}
