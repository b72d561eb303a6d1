package domain

import (
	"encoding/json"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// An update with another customer moves the employee there: the former customer pays until the day before, the new one
// from that day on. Both are customers of one reseller, so that the reseller's ledger and the currency stay.

const customerName = "customer"

// movesTo is the customer that the caller may let the employee move to; empty: it stays.
func (c UpdateEmployee) movesTo(w World) string {
	if !w.can(leastToSet[customerName]) {
		return ""
	}
	return c.Customer
}

// customerProperties name something of a customer: they stay with the former one.
var customerProperties = []string{"address", "subscriptions"}

// leaveBehind takes away what only the former customer has, where the command does not say it for the new one.
func (c UpdateEmployee) leaveBehind(s *validation) {
	if c.Customer == "" {
		return
	}
	given := map[string]json.RawMessage{}
	for _, name := range customerProperties {
		given[name] = json.RawMessage("null")
	}
	for name, raw := range s.given {
		given[name] = raw
	}
	s.given = given
}

// move gives the fact that the employee moves, if it does.
func (c UpdateEmployee) move(e *Employee, w World) ([]events.Event, *Rejection) {
	if c.Customer == "" {
		return nil, nil
	}
	if refused := w.permit(access.ChangeState, e.target(w), errEmployeeNotFound); refused != nil {
		return nil, refused
	}
	to, known := w.Catalog.Customer(c.Customer)
	if refused := w.permit(access.Create, TargetOf("", "", c.Customer, w.Catalog), errCustomerNotFound); refused != nil {
		return nil, refused
	}
	switch {
	case !known:
		return nil, errCustomerNotFound
	case to.Reseller != e.Reseller || w.currencyOf(to) != or(e.Currency, w.Policy.Currency):
		return nil, reject(statusConflict, customerName, "An employee moves between customers of one reseller and one "+
			"currency")
	case c.from > w.Today():
		return nil, invalid("effective", "Cannot be in the future")
	}
	if refused := w.checkLevel(or(c.AccessLevel, e.AccessLevel), c.Customer); len(refused) > 0 {
		return nil, refused[0]
	}
	if refused := c.checkHeld(e, w); refused != nil {
		return nil, refused
	}
	payer, _ := e.Payers.At(c.from)
	if payer == c.Customer || !slices.Contains(to.BillingCustomers, payer) {
		payer = ""
	}
	return []events.Event{events.EmployeeMoved{Customer: c.Customer, Effective: c.from, BillingCustomer: payer}}, nil
}

// checkHeld refuses a move with what the new customer is not offered.
func (c UpdateEmployee) checkHeld(e *Employee, w World) *Rejection {
	if held := e.product(c.from); held != "" && c.Product == nil {
		if !w.Catalog.offers(held, c.Customer) {
			return errProductNotFound
		}
		if !w.Catalog.hasFeature(c.Customer, FeaturePBX) {
			return reject(statusUnprocessable, "product", messagePBXOnly)
		}
	}
	lasts := func(s billing.Source) bool { return s.Terminate == 0 || s.Terminate > c.from }
	for _, addon := range e.Addons {
		product, _ := addon.Products.At(max(c.from, addon.Start))
		if lasts(addon) && !w.Catalog.offers(product, c.Customer) {
			return errAddonProduct
		}
	}
	for _, holding := range e.Holdings {
		product, _ := holding.Products.At(c.from)
		if w.Catalog.has(product) && !w.Catalog.offers(product, c.Customer) {
			return reject(statusNotFound, "product", errProductNotFound.Message)
		}
	}
	return nil
}
