package domain

import (
	"slices"
	"time"

	"tenure/access"
	"tenure/events"
)

// RestoreMvnoAccount is employee.restore_mvno_account: an account that was deleted by mistake comes back within 30 days
// of the instant at which its employee's deletion was due, also while that is under way. It lives on without an
// employee, as an unlinked one does: whoever gets it attaches it.
type RestoreMvnoAccount struct {
	ID string `json:"_id"`
}

// Kind is employee.
func (RestoreMvnoAccount) Kind() string { return KindEmployee }

// Operation is change terms.
func (RestoreMvnoAccount) Operation() access.Operation { return access.ChangeTerms }

func (c RestoreMvnoAccount) item() string { return c.ID }

// whenDeleted marks that the command is for deleted employees too: their accounts are what is missed.
func (RestoreMvnoAccount) whenDeleted() {}

// restorableFor is for how long a provider keeps a deleted account.
const restorableFor = 30 * 24 * time.Hour

func (c RestoreMvnoAccount) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	i := slices.IndexFunc(e.Deleted, func(d DeletedAccount) bool { return d.Account.ID == c.ID })
	switch {
	case i < 0:
		if a, ok := e.mvnoAccount(c.ID); ok && a.State != stateDeleting {
			return nil, nil
		}
		return nil, errAccountNotFound
	case e.Deleted[i].Restored:
		return nil, nil
	case w.Now.Sub(e.Deleted[i].At) > restorableFor:
		return nil, reject(statusConflict, "mvnoAccounts", "The account was deleted more than 30 days ago")
	}
	restored := events.MvnoAccountRestored{Account: e.Deleted[i].Account}
	if e.deleting() && slices.Contains(e.Deletion.Accounts, c.ID) {
		return e.confirmed(restored), nil
	}
	return []events.Event{restored}, nil
}
