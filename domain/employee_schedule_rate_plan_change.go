package domain

import (
	"tenure/access"
	"tenure/events"
)

// ScheduleRatePlanChange is employee.schedule_rate_plan_change (T2): another rate plan for one of the employee's
// accounts from the first of next month; null withdraws the one that is scheduled.
type ScheduleRatePlanChange struct {
	ID          string           `json:"_id"` // of the account
	NewRatePlan Optional[string] `json:"newRatePlan"`
}

// Kind is employee.
func (ScheduleRatePlanChange) Kind() string { return KindEmployee }

// Operation is change terms.
func (ScheduleRatePlanChange) Operation() access.Operation { return access.ChangeTerms }

func (c ScheduleRatePlanChange) item() string { return c.ID }

func (c ScheduleRatePlanChange) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	account, ok := e.mvnoAccount(c.ID)
	switch {
	case !ok:
		return nil, errAccountNotFound
	case account.State == stateDeleting:
		return nil, reject(statusConflict, "mvnoAccounts.state", "The account is under deletion")
	case account.Updating:
		return nil, reject(statusConflict, "mvnoAccounts.info.updating", "The account is being updated and cannot be changed")
	}
	if !c.NewRatePlan.given {
		return nil, invalid("newRatePlan", "is required: a rate plan, or null to withdraw the change")
	}
	if refused := c.NewRatePlan.notEmpty("newRatePlan"); refused != nil {
		return nil, refused
	}
	planned, scheduled := e.RatePlans[c.ID]
	plan := CanonicalID(c.NewRatePlan.or(""))
	if plan == "" {
		if !scheduled {
			return nil, nil
		}
		return []events.Event{events.RatePlanChangeCancelled{Account: c.ID}}, nil
	}
	from := firstOfNextMonth(w.Today())
	if w.Catalog.typeOf(plan) != typeMvnoRatePlan || !w.assignable(plan, e.Customer, from) {
		return nil, reject(statusNotFound, "newRatePlan", "Rate plan could not be found")
	}
	if scheduled && planned == (ProductChange{Product: plan, From: from}) {
		return nil, nil
	}
	return []events.Event{events.RatePlanChangeScheduled{Account: c.ID, RatePlan: plan, From: from}}, nil
}
