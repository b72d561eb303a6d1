package domain

import (
	"strings"

	"tenure/billing"
	"tenure/events"
)

// CreateEmployee is employee.create.
type CreateEmployee struct {
	Customer           string                `json:"customer"` // default: the caller's
	AccessLevel        string                `json:"accessLevel"`
	State              string                `json:"state"`
	BillingCustomer    string                `json:"billingCustomer"`
	Product            string                `json:"product"`
	AddonProducts      []AddonTerms          `json:"addonProducts"`
	DeleteDate         billing.Date          `json:"deleteDate"`
	DeleteExtensions   bool                  `json:"deleteExtensions"`
	DeleteMvnoAccounts bool                  `json:"deleteMvnoAccounts"`
	Presence           *SetPresence          `json:"presence"`
	AutoPresence       []events.AutoPresence `json:"autoPresence"`
	Effective          billing.Date          `json:"effective"` // from when her product is hers; default today
	attributes
}

// UnmarshalJSON takes the properties that no rule reads apart from the others.
func (c *CreateEmployee) UnmarshalJSON(data []byte) error {
	a, rest, err := splitAttributes(data)
	if err != nil {
		return err
	}
	type typed CreateEmployee
	if err := decodeStrict(rest, (*typed)(c)); err != nil {
		return asRejectionOf[typed](err, rest)
	}
	c.attributes = a
	return nil
}

// Kind is employee.
func (CreateEmployee) Kind() string { return KindEmployee }

func (c CreateEmployee) decide(e *Employee, w World) ([]events.Event, error) {
	if e.Number != 0 {
		return nil, errEmployeeExists
	}
	c.Customer = or(c.Customer, w.Actor.Customer)
	c.AccessLevel, c.State = or(c.AccessLevel, "NO_LOGIN"), or(c.State, StateEnabled)
	if c.Effective == 0 {
		c.Effective = w.Today()
	}
	customer, known := w.Catalog.Customer(c.Customer)
	found := c.check(w)
	if !known {
		found = append(found, errCustomerNotFound)
	}
	if err := join(found); err != nil {
		return nil, err
	}
	created := events.EmployeeCreated{
		Number: w.Number, Customer: c.Customer, Reseller: customer.Reseller, Currency: customer.Currency,
		AccessLevel: c.AccessLevel, State: c.State, On: w.Today(), Attributes: c.plain, Personal: c.personal,
	}
	out := append([]events.Event{created}, c.terms(w)...)
	if c.Presence == nil {
		return out, nil
	}
	present, err := c.Presence.decide(&Employee{}, w)
	return append(out, present...), err
}

// terms are what she begins with besides herself.
func (c CreateEmployee) terms(w World) []events.Event {
	var out []events.Event
	if c.BillingCustomer != "" {
		out = append(out, events.BillingCustomerChanged{Effective: c.Effective, BillingCustomer: c.BillingCustomer})
	}
	if c.Product != "" {
		out = append(out, events.ProductAssigned{Product: c.Product, From: c.Effective})
	}
	for _, addon := range c.AddonProducts {
		out = append(out, events.AddonAdded{Addon: addon.addon(w)})
	}
	if len(c.AutoPresence) > 0 {
		out = append(out, events.AutoPresenceSet{Slots: c.AutoPresence, Since: w.Now})
	}
	if c.DeleteDate != 0 {
		out = append(out, scheduled(c.DeleteDate, c.DeleteExtensions, c.DeleteMvnoAccounts))
	}
	return out
}

func (c CreateEmployee) check(w World) []*Rejection {
	found := some(checkAccessLevel(c.AccessLevel), checkState(c.State), checkProduct(c.Product, c.Customer, c.Effective, w),
		checkBillingCustomer(c.BillingCustomer, c.Customer, w), checkDeleteDate(c.DeleteDate, w),
		checkAutoPresence(c.AutoPresence))
	if c.Presence != nil {
		found = append(found, c.Presence.check(&Employee{}, w)...)
	}
	if strings.TrimSpace(c.text("name")) == "" {
		found = append(found, reject(422, "name", "Name is required"))
	}
	if c.AccessLevel != "NO_LOGIN" && c.text("emailAddress") == "" {
		found = append(found, reject(422, "emailAddress", "The e-mail address is invalid"))
	}
	seen := map[string]bool{}
	for _, addon := range c.AddonProducts {
		found = append(found, addon.check(w)...)
		if seen[addon.ID] {
			found = append(found, invalid("addonProducts._id", "stands twice in the list"))
		}
		seen[addon.ID] = true
	}
	if len(c.AddonProducts) > addonsMax {
		found = append(found, errTooManyAddons)
	}
	return found
}

// checkProduct is what a PBX user product must be to become somebody's on a day.
func checkProduct(id, customer string, on billing.Date, w World) *Rejection {
	if id == "" {
		return nil
	}
	switch {
	case !w.Catalog.userProduct(id, on):
		return errProductNotFound
	case !w.Catalog.hasFeature(customer, FeaturePBX):
		return reject(422, "product", "Only available for customers with the PBX feature")
	}
	return nil
}

// checkBillingCustomer lets the customer itself pay, and those that it is associated with.
func checkBillingCustomer(id, customer string, w World) *Rejection {
	if id == "" || id == customer {
		return nil
	}
	own, _ := w.Catalog.Customer(customer)
	for _, allowed := range own.BillingCustomers {
		if allowed == id {
			return nil
		}
	}
	return reject(409, "billingCustomer",
		"An employee can not be assigned a billing customer not assosciated with the employer's customer.")
}
