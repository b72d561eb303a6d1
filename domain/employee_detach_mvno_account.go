package domain

import (
	"tenure/access"
	"tenure/events"
)

// DetachMvnoAccount is employee.detach_mvno_account.
type DetachMvnoAccount struct {
	ID string `json:"_id"`
}

// Kind is employee.
func (DetachMvnoAccount) Kind() string { return KindEmployee }

// Operation is change terms.
func (DetachMvnoAccount) Operation() access.Operation { return access.ChangeTerms }

func (c DetachMvnoAccount) item() string { return c.ID }

func (c DetachMvnoAccount) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	if _, ok := e.mvnoAccount(c.ID); !ok {
		return nil, nil
	}
	return append([]events.Event{events.MvnoAccountDetached(c)}, e.rate(accountSource(c.ID), "", w)...), nil
}
