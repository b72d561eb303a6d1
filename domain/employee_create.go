package domain

import (
	"cmp"
	"slices"

	"tenure/access"
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
	DeleteDate         Day                   `json:"deleteDate"`
	DeleteExtensions   bool                  `json:"deleteExtensions"`
	DeleteMvnoAccounts bool                  `json:"deleteMvnoAccounts"`
	Presence           *SetPresence          `json:"presence"`
	AutoPresence       []events.AutoPresence `json:"autoPresence"`
	Effective          DateOnly              `json:"effective"` // from when the product is the employee's; default today
	attributes

	from billing.Date // Effective, or today
}

var errNoEmployee = reject(statusBadRequest, "employee", "Employee not found in body of request")

// readOnlyAtCreation are properties that only an update can set.
var readOnlyAtCreation = set("newProduct")

// UnmarshalJSON takes the properties that have no separate field apart from the others.
func (c *CreateEmployee) UnmarshalJSON(raw []byte) error {
	if kind := jsonKind(raw); kind != "object" {
		return errNoEmployee
	}
	type typed CreateEmployee
	a, err := readAttributes(raw, (*typed)(c), readOnlyAtCreation)
	c.attributes = a
	return err
}

// Kind is employee.
func (CreateEmployee) Kind() string { return KindEmployee }

// Operation is create.
func (CreateEmployee) Operation() access.Operation { return access.Create }

func (c CreateEmployee) decide(e *Employee, w World) ([]events.Event, error) {
	if !c.present {
		return nil, errNoEmployee
	}
	c = c.normalized(w)
	customer, known := w.Catalog.Customer(c.Customer)
	if refused := w.permit(access.Create, TargetOf("", "", c.Customer, w.Catalog), errCustomerNotFound); refused != nil {
		return nil, refused
	}
	if e.Number != 0 {
		return nil, errEmployeeExists
	}
	if refused := w.checkNewID("_id", e.ID); refused != nil {
		return nil, refused
	}
	s := c.validate(w)
	found := slices.Concat(c.malformed, c.check(w), s.found, c.checkAddons(w))
	if !known {
		found = append(found, errCustomerNotFound)
	}
	if err := join(found); err != nil {
		return nil, err
	}
	created := events.EmployeeCreated{
		Number: w.Number, Customer: c.Customer, Reseller: customer.Reseller, Currency: w.currencyOf(customer),
		AccessLevel: c.AccessLevel, State: c.State, On: w.Today(),
		Attributes: s.plain, Personal: s.personal, Secrets: s.secret,
	}
	out := append([]events.Event{created}, c.terms(w)...)
	if c.Presence == nil {
		return out, nil
	}
	present, err := c.Presence.decide(&Employee{}, w)
	return append(out, present...), err
}

// normalized fills in defaults and gives ids their one spelling.
func (c CreateEmployee) normalized(w World) CreateEmployee {
	c.Customer = CanonicalID(or(c.Customer, w.Actor.Customer))
	c.BillingCustomer, c.Product = CanonicalID(c.BillingCustomer), CanonicalID(c.Product)
	c.AccessLevel, c.State = or(c.AccessLevel, access.NoLogin.String()), or(c.State, StateEnabled)
	c.from = cmp.Or(c.Effective.in(w), w.Today())
	c.AddonProducts = slices.Clone(c.AddonProducts)
	for i := range c.AddonProducts {
		c.AddonProducts[i] = c.AddonProducts[i].normalized(i, w)
	}
	return c
}

// validate checks the properties without their own field.
func (c CreateEmployee) validate(w World) *validation {
	s := c.validationOf(w)
	s.validate()
	return s
}

func (c CreateEmployee) validationOf(w World) *validation {
	return c.validation(&Employee{}, c.Customer, c.AccessLevel, w)
}

// terms are what it begins with besides itself.
func (c CreateEmployee) terms(w World) []events.Event {
	var out []events.Event
	if c.BillingCustomer != "" {
		out = append(out, events.BillingCustomerChanged{Effective: c.from, BillingCustomer: c.BillingCustomer})
	}
	if c.Product != "" {
		out = append(out, events.ProductAssigned{Product: c.Product, From: c.from})
	}
	for _, addon := range c.AddonProducts {
		out = append(out, events.AddonAdded{Addon: addon.addon(w)})
	}
	if len(c.AutoPresence) > 0 {
		out = append(out, events.AutoPresenceSet{Slots: c.AutoPresence, Since: w.Now})
	}
	if on := c.DeleteDate.deletionDay(w); on != 0 {
		out = append(out, scheduled(on, c.DeleteExtensions, c.DeleteMvnoAccounts))
	}
	return out
}

func (c CreateEmployee) check(w World) []*Rejection {
	found := append(w.checkLevel(c.AccessLevel, c.Customer), nonNil(checkState(c.State),
		checkProduct(c.Product, c.Customer, c.from, w), checkBillingCustomer(c.BillingCustomer, c.Customer, w),
		checkDeleteDate(c.DeleteDate.deletionDay(w), w), checkAutoPresence(c.AutoPresence))...)
	if c.Presence != nil {
		found = append(found, underPresence(c.Presence.check(&Employee{}, w))...)
	}
	return found
}

// underPresence gives the refusals of a presence the path that they have inside an employee.
func underPresence(found []*Rejection) []*Rejection {
	out := make([]*Rejection, len(found))
	for i, r := range found {
		inside := *r
		if inside.Path != "" {
			inside.Path, inside.Code = "presence."+inside.Path, "presence."+inside.Code
		}
		out[i] = &inside
	}
	return out
}

func (c CreateEmployee) checkAddons(w World) []*Rejection {
	var found []*Rejection
	seen := map[string]bool{}
	for _, addon := range c.AddonProducts {
		found = append(found, addon.check(c.Customer, w)...)
		if seen[addon.ID] {
			found = append(found, errAddonTwice)
		}
		seen[addon.ID] = true
	}
	if len(c.AddonProducts) > addonsMax {
		found = append(found, errTooManyAddons)
	}
	return found
}
