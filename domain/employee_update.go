package domain

import (
	"cmp"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// UpdateEmployee is employee.update: only the properties that are given change, a list is replaced whole, null clears.
type UpdateEmployee struct {
	Customer           string                 `json:"customer"` // another one: it moves there
	AccessLevel        string                 `json:"accessLevel"`
	State              string                 `json:"state"`
	BillingCustomer    *string                `json:"billingCustomer"` // empty: its own customer pays again
	Product            *string                `json:"product"`         // empty: none any more
	NewProduct         *string                `json:"newProduct"`      // from the first of next month; empty withdraws it
	AddonProducts      *[]AddonTerms          `json:"addonProducts"`
	DeleteDate         *Day                   `json:"deleteDate"` // none: it is not deleted
	DeleteExtensions   *bool                  `json:"deleteExtensions"`
	DeleteMvnoAccounts *bool                  `json:"deleteMvnoAccounts"`
	Presence           *SetPresence           `json:"presence"`
	AutoPresence       *[]events.AutoPresence `json:"autoPresence"`
	Effective          DateOnly               `json:"effective"` // of product, billing customer and addons; default today
	attributes

	from    billing.Date // Effective, or today
	cleared bool         // the presence was null
	dated   bool         // Effective was given: a change of that day is kept also where it changes nothing yet (rule 17)
}

// UnmarshalJSON takes the properties that have no separate field apart from the others.
func (c *UpdateEmployee) UnmarshalJSON(raw []byte) error {
	type typed UpdateEmployee
	a, err := readAttributes(raw, (*typed)(c), nil)
	c.attributes = a
	if err == nil {
		c.clear(raw)
	}
	return err
}

// clear makes null an empty value: a pointer cannot tell null, which clears, from what is not given. What could not be
// read is empty too, and refused anyway.
func (c *UpdateEmployee) clear(raw []byte) {
	orEmptied(raw, "billingCustomer", &c.BillingCustomer)
	orEmptied(raw, "product", &c.Product)
	orEmptied(raw, "newProduct", &c.NewProduct)
	orEmptied(raw, "addonProducts", &c.AddonProducts)
	orEmptied(raw, "deleteDate", &c.DeleteDate)
	orEmptied(raw, "autoPresence", &c.AutoPresence)
	if c.Presence == nil && isGiven(raw, "presence") && len(c.malformed)+len(c.readOnly) == 0 {
		c.cleared, c.Presence = true, &SetPresence{State: presenceAvailable} // what it comes back to by itself
	}
}

func orEmptied[T any](raw []byte, name string, value **T) {
	if *value == nil && isGiven(raw, name) {
		*value = new(T)
	}
}

// Kind is employee.
func (UpdateEmployee) Kind() string { return KindEmployee }

// Operation is change profile.
func (UpdateEmployee) Operation() access.Operation { return access.ChangeProfile }

func (c UpdateEmployee) decide(e *Employee, w World) ([]events.Event, error) {
	s, c := c.validate(e, w)
	if refused := c.checkActs(e, s); refused != nil {
		return nil, refused
	}
	moved, refused := c.move(e, w)
	if refused != nil {
		return nil, refused
	}
	if err := join(slices.Concat(c.malformed, c.check(e, w), s.found, c.checkAddons(e, w))); err != nil {
		return nil, err
	}
	out := slices.Concat(moved, c.changes(e, s), c.changeTerms(e, w))
	for _, order := range c.orders(e, w) {
		more, err := order.decide(e, w)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// changesPayer reports whether another payer begins: of an employee that moves, also the one that it had.
func (c UpdateEmployee) changesPayer(e *Employee) bool {
	return c.BillingCustomer != nil &&
		(c.Customer != "" || !e.paidBy(*c.BillingCustomer, c.from) || c.dated && !begins(e.Payers, c.from))
}

// changeTerms gives what changes of who pays, what it has, and when it changes by itself.
func (c UpdateEmployee) changeTerms(e *Employee, w World) []events.Event {
	var out []events.Event
	if c.changesPayer(e) {
		out = append(out, events.BillingCustomerChanged{Effective: c.from, BillingCustomer: *c.BillingCustomer})
	}
	if c.Product != nil && (e.product(c.from) != *c.Product || c.dated && !begins(e.Products, c.from)) {
		out = append(out, events.ProductAssigned{Product: *c.Product, From: c.from})
	}
	out = append(out, c.changeAddons(e, w)...)
	if c.AutoPresence != nil && len(e.Auto)+len(*c.AutoPresence) > 0 && !sameJSON(e.Auto, *c.AutoPresence) {
		out = append(out, events.AutoPresenceSet{Slots: *c.AutoPresence, Since: w.Now})
	}
	return out
}

// orders are the properties that are their own commands.
func (c UpdateEmployee) orders(e *Employee, w World) []employeeCommand {
	var orders []employeeCommand
	if c.NewProduct != nil {
		change := ScheduleProductChange{NewProduct: Some(*c.NewProduct)}
		if *c.NewProduct == "" {
			change.NewProduct = Null[string]()
		}
		orders = append(orders, change)
	}
	if deletion, ok := c.deletion(e, w); ok {
		orders = append(orders, deletion)
	}
	if c.Presence != nil {
		orders = append(orders, *c.Presence)
	}
	return orders
}

// validate checks the properties without their own field, and gives the command as far as the actor may order it.
func (c UpdateEmployee) validate(e *Employee, w World) (*validation, UpdateEmployee) {
	s, c := c.validationOf(e, w)
	s.validate()
	return s, c
}

func (c UpdateEmployee) validationOf(e *Employee, w World) (*validation, UpdateEmployee) {
	c = c.normalized(e, w)
	s := c.validation(e, or(c.movesTo(w), e.Customer), or(c.AccessLevel, e.AccessLevel), w)
	c = c.within(s)
	c.leaveBehind(s)
	s.level = or(c.AccessLevel, e.AccessLevel)
	return s, c
}

// normalized fills in defaults and gives ids their one spelling.
func (c UpdateEmployee) normalized(e *Employee, w World) UpdateEmployee {
	if c.Customer = CanonicalID(c.Customer); c.Customer == e.Customer {
		c.Customer = ""
	}
	c.dated, c.from = c.Effective.in(w) != 0, cmp.Or(c.Effective.in(w), w.Today())
	for _, id := range []**string{&c.BillingCustomer, &c.Product, &c.NewProduct} {
		if *id != nil {
			exact := CanonicalID(**id)
			*id = &exact
		}
	}
	if c.AddonProducts != nil {
		addons := slices.Clone(*c.AddonProducts)
		for i := range addons {
			addons[i] = addons[i].normalized(i, w)
		}
		c.AddonProducts = &addons
	}
	switch {
	case c.Presence == nil:
	case c.cleared && e.Presence == nil:
		c.Presence = nil // there is nothing to take away
	case c.chosen != nil:
		// What is seen during an override is the other system's: sent back, it is nothing that was chosen.
		p := *c.Presence
		p.State, p.Message = c.chosen.State, &c.chosen.Message
		c.Presence = &p
	}
	return c
}

// within leaves out what the actor may not change of the employee.
func (c UpdateEmployee) within(s *validation) UpdateEmployee {
	leaveOut := func(name string, given bool, out func()) {
		if given && !s.settable(name) {
			s.ignore(name)
			out()
		}
	}
	leaveOut(customerName, c.Customer != "", func() { c.Customer = "" })
	leaveOut("accessLevel", c.AccessLevel != "", func() { c.AccessLevel = "" })
	leaveOut("state", c.State != "", func() { c.State = "" })
	leaveOut("billingCustomer", c.BillingCustomer != nil, func() { c.BillingCustomer = nil })
	leaveOut("product", c.Product != nil, func() { c.Product = nil })
	leaveOut("newProduct", c.NewProduct != nil, func() { c.NewProduct = nil })
	leaveOut("addonProducts", c.AddonProducts != nil, func() { c.AddonProducts = nil })
	leaveOut("deleteDate", c.DeleteDate != nil, func() { c.DeleteDate = nil })
	leaveOut("deleteExtensions", c.DeleteExtensions != nil, func() { c.DeleteExtensions = nil })
	leaveOut("deleteMvnoAccounts", c.DeleteMvnoAccounts != nil, func() { c.DeleteMvnoAccounts = nil })
	return c
}

// changes are those of the employee itself, if anything is given that is not so already.
func (c UpdateEmployee) changes(e *Employee, s *validation) []events.Event {
	if len(s.plain)+len(s.personal)+len(s.secret) == 0 && or(c.AccessLevel, e.AccessLevel) == e.AccessLevel &&
		or(c.State, e.State) == e.State {
		return nil
	}
	return []events.Event{events.EmployeeUpdated{
		AccessLevel: c.AccessLevel, State: c.State, Attributes: s.plain, Personal: s.personal, Secrets: s.secret,
	}}
}

// deletion is the change of its scheduled deletion; flags that are not given stay. Without a date they mean nothing.
func (c UpdateEmployee) deletion(e *Employee, w World) (ScheduleDeletion, bool) {
	d := ScheduleDeletion{DeleteDate: On(0)}
	if e.Deletion != nil {
		d.DeleteDate = On(e.Deletion.Date)
		d.DeleteExtensions, d.DeleteMvnoAccounts = e.Deletion.DeleteExtensions, e.Deletion.DeleteMvnoAccounts
	}
	before := d
	if c.DeleteDate != nil {
		d.DeleteDate = On(c.DeleteDate.deletionDay(w))
	}
	if c.DeleteExtensions != nil {
		d.DeleteExtensions = *c.DeleteExtensions
	}
	if c.DeleteMvnoAccounts != nil {
		d.DeleteMvnoAccounts = *c.DeleteMvnoAccounts
	}
	return d, d != before && (e.Deletion != nil || d.DeleteDate != On(0))
}

func (e *Employee) paidBy(customer string, on billing.Date) bool {
	payer, _ := e.Payers.At(on)
	return payer == customer
}

func (c UpdateEmployee) check(e *Employee, w World) []*Rejection {
	found, customer := nonNil(checkState(c.State)), or(c.Customer, e.Customer)
	if c.AccessLevel != "" && c.AccessLevel != e.AccessLevel {
		found = append(w.checkLevel(c.AccessLevel, customer), found...)
	}
	found = append(found, c.checkProducts(e, w)...)
	if c.DeleteDate != nil {
		found = append(found, nonNil(checkDeleteDate(c.DeleteDate.deletionDay(w), w))...)
	}
	if c.AutoPresence != nil {
		found = append(found, nonNil(checkAutoPresence(*c.AutoPresence))...)
	}
	if c.Presence != nil {
		found = append(found, underPresence(c.Presence.check(e, w))...)
	}
	if c.BillingCustomer != nil && (c.Customer != "" || !e.paidBy(*c.BillingCustomer, c.from)) {
		found = append(found, nonNil(checkBillingCustomer(*c.BillingCustomer, customer, w))...)
	}
	return found
}

// checkProducts checks the product of now and the one of the next month, where they would change.
func (c UpdateEmployee) checkProducts(e *Employee, w World) (found []*Rejection) {
	customer := or(c.Customer, e.Customer)
	if c.Product != nil && e.product(c.from) != *c.Product {
		found = append(found, nonNil(checkProduct(*c.Product, customer, c.from, w))...)
	}
	if c.NewProduct != nil && (e.NewProduct == nil || e.NewProduct.Product != *c.NewProduct) {
		found = append(found, nonNil(checkProduct(*c.NewProduct, customer, firstOfNextMonth(w.Today()), w))...)
	}
	return found
}
