package domain

import (
	"tenure/access"
	"tenure/events"
)

// AttachMvnoAccount is employee.attach_mvno_account.
type AttachMvnoAccount struct {
	ID          string `json:"_id"`
	Number      string `json:"number"`
	Name        string `json:"name"`
	NumberState string `json:"numberState"`
	State       string `json:"state"`
	RatePlan    string `json:"ratePlan"`
	NewRatePlan string `json:"newRatePlan"` // what the provider says is scheduled; schedule_rate_plan_change orders one
	Updating    bool   `json:"updating"`
}

// Kind is employee.
func (AttachMvnoAccount) Kind() string { return KindEmployee }

// Operation is change terms.
func (AttachMvnoAccount) Operation() access.Operation { return access.ChangeTerms }

// The published states of an account and of its number.
var (
	accountStates = set("ACTIVE", "CREATING", stateDeleting, "BLOCKED")
	numberStates  = set(numberInUse, "PORTING_IN", "PORTING_OUT")
)

// numberInUse is a number that is not on its way to or from another provider.
const numberInUse = "IN_USE"

func (c AttachMvnoAccount) decide(e *Employee, w World) ([]events.Event, error) {
	c.ID = CanonicalID(c.ID)
	plans := nonNil(checkText("ratePlan", c.RatePlan, nameMax, false),
		checkText("newRatePlan", c.NewRatePlan, nameMax, false))
	if err := join(append(checkHolding(c.Number, c.Name), plans...)); err != nil {
		return nil, err
	}
	c.State, c.NumberState = or(c.State, "ACTIVE"), or(c.NumberState, numberInUse)
	switch {
	case c.ID == "":
		return nil, invalid("_id", "is required")
	case w.LoginTaken:
		return nil, errHeld
	case !accountStates[c.State]:
		return nil, invalid("state", quoteOf(c.State)+" is not a state of an account")
	case !numberStates[c.NumberState]:
		return nil, invalid("numberState", quoteOf(c.NumberState)+" is not a state of a number")
	}
	if _, has := e.mvnoAccount(c.ID); !has {
		if refused := w.checkNewID("_id", c.ID); refused != nil {
			return nil, refused
		}
	}
	planned, scheduled := e.RatePlans[c.ID]
	switch {
	case scheduled && c.State == stateDeleting: // T5: an account under deletion gets no new rate plan
		out := []events.Event{events.RatePlanChangeCancelled{Account: c.ID},
			events.MvnoAccountAttached{Account: events.MvnoAccount(c)}}
		return append(out, e.rate(accountSource(c.ID), CanonicalID(c.RatePlan), w)...), nil
	case scheduled:
		c.NewRatePlan = planned.Product
	}
	account := events.MvnoAccount(c)
	rated := e.rate(accountSource(c.ID), CanonicalID(c.RatePlan), w)
	if old, ok := e.mvnoAccount(c.ID); ok && old == account {
		return rated, nil
	}
	return append([]events.Event{events.MvnoAccountAttached{Account: account}}, rated...), nil
}
