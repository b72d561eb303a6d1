package domain

import (
	"encoding/json"
	"strings"

	"tenure/billing"
	"tenure/events"
)

// UpdateEmployee is employee.update: only the properties that are given change, a list is replaced whole, null clears.
type UpdateEmployee struct {
	AccessLevel     string                 `json:"accessLevel"`
	State           string                 `json:"state"`
	BillingCustomer *string                `json:"billingCustomer"` // empty: her own customer pays again
	Product         *string                `json:"product"`         // empty: none any more
	Presence        *SetPresence           `json:"presence"`
	AutoPresence    *[]events.AutoPresence `json:"autoPresence"`
	Effective       billing.Date           `json:"effective"` // of product and billing customer; default today
	attributes
}

// UnmarshalJSON takes the properties that no rule reads apart from the others.
func (c *UpdateEmployee) UnmarshalJSON(data []byte) error {
	a, rest, err := splitAttributes(data)
	if err != nil {
		return err
	}
	type typed UpdateEmployee
	if err := decodeStrict(rest, (*typed)(c)); err != nil {
		return asRejectionOf[typed](err, rest)
	}
	c.attributes = a
	return c.clear(rest)
}

// clear makes null an empty value: a pointer cannot tell null, which clears, from what is not given.
func (c *UpdateEmployee) clear(data []byte) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(data, &given); err != nil {
		return err
	}
	if _, ok := given["billingCustomer"]; ok && c.BillingCustomer == nil {
		c.BillingCustomer = new(string)
	}
	if _, ok := given["product"]; ok && c.Product == nil {
		c.Product = new(string)
	}
	if _, ok := given["autoPresence"]; ok && c.AutoPresence == nil {
		c.AutoPresence = new([]events.AutoPresence)
	}
	return nil
}

// Kind is employee.
func (UpdateEmployee) Kind() string { return KindEmployee }

func (c UpdateEmployee) decide(e *Employee, w World) ([]events.Event, error) {
	if c.Effective == 0 {
		c.Effective = w.Today()
	}
	if err := join(c.check(e, w)); err != nil {
		return nil, err
	}
	var out []events.Event
	if c.changes(e) {
		out = append(out, events.EmployeeUpdated{
			AccessLevel: c.AccessLevel, State: c.State, Attributes: c.plain, Personal: c.personal,
		})
	}
	if c.BillingCustomer != nil && !e.paidBy(*c.BillingCustomer, c.Effective) {
		out = append(out, events.BillingCustomerChanged{Effective: c.Effective, BillingCustomer: *c.BillingCustomer})
	}
	if c.Product != nil && e.product(c.Effective) != *c.Product {
		out = append(out, events.ProductAssigned{Product: *c.Product, From: c.Effective})
	}
	if c.AutoPresence != nil && len(e.Auto)+len(*c.AutoPresence) > 0 && !sameJSON(e.Auto, *c.AutoPresence) {
		out = append(out, events.AutoPresenceSet{Slots: *c.AutoPresence, Since: w.Now})
	}
	if c.Presence == nil {
		return out, nil
	}
	present, err := c.Presence.decide(e, w)
	return append(out, present...), err
}

// changes tells whether anything but terms is given that is not so already. What no rule reads is not in the state, so it
// counts as a change whenever it is given.
func (c UpdateEmployee) changes(e *Employee) bool {
	return len(c.plain)+len(c.personal) > 0 || or(c.AccessLevel, e.AccessLevel) != e.AccessLevel ||
		or(c.State, e.State) != e.State
}

func (e *Employee) paidBy(customer string, on billing.Date) bool {
	payer, _ := e.Payers.At(on)
	return payer == customer
}

func (c UpdateEmployee) check(e *Employee, w World) []*Rejection {
	found := some(checkAccessLevel(c.AccessLevel), checkState(c.State))
	if c.Product != nil && e.product(c.Effective) != *c.Product {
		found = append(found, some(checkProduct(*c.Product, e.Customer, c.Effective, w))...)
	}
	if c.AutoPresence != nil {
		found = append(found, some(checkAutoPresence(*c.AutoPresence))...)
	}
	if c.Presence != nil {
		found = append(found, c.Presence.check(e, w)...)
	}
	if c.BillingCustomer != nil {
		found = append(found, some(checkBillingCustomer(*c.BillingCustomer, e.Customer, w))...)
	}
	if _, given := c.personal["name"]; given && strings.TrimSpace(c.text("name")) == "" {
		found = append(found, reject(422, "name", "Name is required"))
	}
	return found
}
