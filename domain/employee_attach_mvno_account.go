package domain

import (
	"tenure/access"
	"tenure/events"
)

// AttachMvnoAccount is employee.attach_mvno_account: of an account that it has already, what is absent stays.
type AttachMvnoAccount struct {
	ID          string           `json:"_id"`
	Number      Optional[string] `json:"number"`
	Name        Optional[string] `json:"name"`
	NumberState Optional[string] `json:"numberState"`
	State       Optional[string] `json:"state"`
	RatePlan    Optional[string] `json:"ratePlan"`
	// what the provider says is scheduled; schedule_rate_plan_change orders one
	NewRatePlan Optional[string]     `json:"newRatePlan"`
	Updating    bool                 `json:"updating"` // at this moment: each report says it again
	PBX         Optional[int64]      `json:"pbx"`      // null or 0: it stands alone
	Sim         Optional[events.Sim] `json:"mvnoSim"`
}

// Kind is employee.
func (AttachMvnoAccount) Kind() string { return KindEmployee }

// Operation is change terms.
func (AttachMvnoAccount) Operation() access.Operation { return access.ChangeTerms }

// The published states of an account and of its number, and the networks of its SIM card.
var (
	accountStates = set("ACTIVE", "CREATING", stateDeleting, "BLOCKED")
	numberStates  = set(numberInUse, "PORTING_IN", "PORTING_OUT")
	simNetworks   = set("TELENOR", "TDC")
)

// numberInUse is a number that is not on its way to or from another provider.
const numberInUse = "IN_USE"

func (c AttachMvnoAccount) decide(e *Employee, w World) ([]events.Event, error) {
	switch c.ID = CanonicalID(c.ID); {
	case c.ID == "":
		return nil, invalid("_id", "is required")
	case w.LoginTaken:
		return nil, errHeld
	}
	old, has := e.mvnoAccount(c.ID)
	a := c.of(old)
	if err := c.permit(e, a, w); err != nil {
		return nil, err
	}
	rated := e.rate(accountSource(c.ID), a.RatePlan, w)
	planned, scheduled := e.RatePlans[c.ID]
	switch {
	case scheduled && a.State == stateDeleting: // T5: an account under deletion gets no new rate plan
		a.NewRatePlan = ""
		out := []events.Event{events.RatePlanChangeCancelled{Account: c.ID}, events.MvnoAccountAttached{Account: a}}
		return append(out, rated...), nil
	case scheduled:
		a.NewRatePlan = planned.Product
	}
	if has && old == a {
		return rated, nil
	}
	return append([]events.Event{events.MvnoAccountAttached{Account: a}}, rated...), nil
}

// permit refuses an account that cannot be as it would be.
func (c AttachMvnoAccount) permit(e *Employee, a events.MvnoAccount, w World) error {
	old, has := e.mvnoAccount(c.ID)
	if err := join(append(checkHolding(a.Number, a.Name), c.check(a)...)); err != nil {
		return err
	}
	if refused := w.checkNewID("_id", c.ID); !has && refused != nil {
		return refused
	}
	if a.RatePlan != old.RatePlan && !w.ratePlanOf(a.RatePlan, e.Customer) {
		return reject(statusNotFound, "ratePlan", "Rate plan not found")
	}
	return nil
}

// of is the account as it becomes.
func (c AttachMvnoAccount) of(old events.MvnoAccount) events.MvnoAccount {
	return events.MvnoAccount{
		ID: c.ID, Number: c.Number.or(old.Number), Name: c.Name.or(old.Name),
		NumberState: or(c.NumberState.or(old.NumberState), numberInUse), State: or(c.State.or(old.State), "ACTIVE"),
		RatePlan: CanonicalID(c.RatePlan.or(old.RatePlan)), NewRatePlan: CanonicalID(c.NewRatePlan.or(old.NewRatePlan)),
		Updating: c.Updating, PBX: c.PBX.or(old.PBX), Sim: c.Sim.or(old.Sim),
	}
}

// check refuses what is not published of an account, and ids that are empty.
func (c AttachMvnoAccount) check(a events.MvnoAccount) []*Rejection {
	found := nonNil(c.State.notEmpty("state"), c.NumberState.notEmpty("numberState"), c.RatePlan.notEmpty("ratePlan"),
		c.NewRatePlan.notEmpty("newRatePlan"), checkText("ratePlan", a.RatePlan, nameMax, false),
		checkText("newRatePlan", a.NewRatePlan, nameMax, false))
	if !accountStates[a.State] {
		found = append(found, invalid("state", quoteOf(a.State)+" is not a state of an account"))
	}
	if !numberStates[a.NumberState] {
		found = append(found, invalid("numberState", quoteOf(a.NumberState)+" is not a state of a number"))
	}
	if a.PBX < 0 {
		found = append(found, invalid("pbx", "must not be negative"))
	}
	if n := a.Sim.Network; n != "" && !simNetworks[n] {
		found = append(found, invalid("mvnoSim.network", quoteOf(n)+" is not a network"))
	}
	return found
}

// ratePlanOf reports whether the caller may give an account of a customer a rate plan: one that the catalogue has must
// be offered to the customer, since it has a price; of others the provider alone knows.
func (w World) ratePlanOf(plan, customer string) bool {
	return !w.Catalog.has(plan) || w.Catalog.offers(plan, customer) &&
		(!w.Catalog.byResellerOnly(plan) || w.can(access.Reseller))
}
