package domain

import (
	"strings"

	"tenure/billing"
	"tenure/events"
)

// Customer is the state of a customer's stream.
type Customer struct {
	timeless
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.CustomerPut `json:"put"`
	Held   bool               `json:"held,omitempty"` // nobody of it is billed
}

// Evolve folds what it is, and whether its billing is held.
func (c *Customer) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.CustomerPut:
		c.Exists, c.Put = true, e
	case events.CustomerBillingHeld:
		c.Held = true
	case events.CustomerBillingReleased:
		c.Held = false
	}
}

// Decide answers PutCustomer, HoldCustomer and ReleaseCustomer.
func (c *Customer) Decide(command Command, w World) ([]events.Event, error) {
	switch command := command.(type) {
	case PutCustomer:
		return command.decide(c, w)
	case HoldCustomer:
		return command.decide(c, w)
	case ReleaseCustomer:
		return command.decide(c, w)
	}
	return nil, errNotOnStream
}

// PutCustomer is catalog.put_customer: a customer whole, with what references of its employees are checked against.
type PutCustomer struct {
	Reseller              string           `json:"reseller"`
	Name                  string           `json:"name"`
	Currency              string           `json:"currency"` // ISO 4217
	Features              []string         `json:"features"`
	BillingCustomers      []string         `json:"billingCustomers"`
	OrganizationResellers []string         `json:"organizationResellers"`
	Addresses             []events.Address `json:"addresses"`
	Greetings             []string         `json:"greetings"`
	Subscriptions         []string         `json:"subscriptions"`
}

// Kind is customer.
func (PutCustomer) Kind() string { return KindCustomer }

func (c PutCustomer) decide(to *Customer, w World) ([]events.Event, error) {
	if err := mayChangeCatalog(w); err != nil {
		return nil, err
	}
	c = c.ready()
	if err := join(c.check(to, w)); err != nil {
		return nil, err
	}
	put := events.CustomerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}

// ready gives ids their one spelling: employees refer to them in either case.
func (c PutCustomer) ready() PutCustomer {
	c.Reseller = CanonicalID(c.Reseller)
	c.BillingCustomers, c.OrganizationResellers = canonicals(c.BillingCustomers), canonicals(c.OrganizationResellers)
	c.Greetings, c.Subscriptions = canonicals(c.Greetings), canonicals(c.Subscriptions)
	addresses := make([]events.Address, len(c.Addresses))
	for i, a := range c.Addresses {
		a.ID = CanonicalID(a.ID)
		addresses[i] = a
	}
	c.Addresses = addresses
	return c
}

func canonicals(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = CanonicalID(id)
	}
	return out
}

// referencesMax bounds each list of a customer: all of them are in every worker's memory.
const referencesMax = 10_000

func (c PutCustomer) check(to *Customer, w World) []*Rejection {
	var found []*Rejection
	if _, ok := w.Catalog.Reseller(c.Reseller); !ok {
		found = append(found, reject(statusNotFound, "reseller", "Reseller not found"))
	} else if to.Exists && to.Put.Reseller != c.Reseller {
		// Lines of the reseller's ledger would change their payer in the past.
		found = append(found, reject(statusConflict, "reseller", "A customer keeps its reseller"))
	}
	found = append(found, some(checkCurrency(c.Currency))...)
	seen := map[string]bool{}
	for _, a := range c.Addresses {
		switch {
		case a.ID == "" || seen[a.ID]:
			found = append(found, invalid("addresses._id", "Each address needs an id of its own"))
		case a.Country != "" && !isCode(a.Country, 2):
			found = append(found, invalid("addresses.country", "must be an ISO 3166-1 code of two letters"))
		}
		seen[a.ID] = true
	}
	for _, list := range []struct {
		path  string
		items int
	}{
		{"addresses", len(c.Addresses)}, {"greetings", len(c.Greetings)}, {"subscriptions", len(c.Subscriptions)},
		{"billingCustomers", len(c.BillingCustomers)}, {"organizationResellers", len(c.OrganizationResellers)}, {"features", len(c.Features)},
	} {
		if list.items > referencesMax {
			found = append(found, invalid(list.path, "has at most 10000 items"))
		}
	}
	return found
}

// checkCurrency takes the code of a currency, or none: then the reseller's, or the policy's, holds.
func checkCurrency(code string) *Rejection {
	if code == "" || isCode(code, 3) {
		return nil
	}
	return invalid("currency", "must be an ISO 4217 code of three letters")
}

// currencyOf is what her lines are in for good: her customer's currency, else its reseller's, else the policy's. It is kept
// with her, since a credit must be in the currency of its charge whatever is put later.
func (w World) currencyOf(customer events.CustomerPut) string {
	reseller, _ := w.Catalog.Reseller(customer.Reseller)
	return or(customer.Currency, or(reseller.Currency, w.Policy.Currency))
}

// isCode tells whether a text is so many capital letters.
func isCode(text string, letters int) bool {
	return len(text) == letters && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Reseller is the state of a reseller's stream.
type Reseller struct {
	timeless
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.ResellerPut `json:"put"`
	Closed billing.Date       `json:"closed,omitempty"` // the last day of its closed accounts
}

// Evolve folds what it is, and how far its accounts are closed.
func (r *Reseller) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.ResellerPut:
		r.Exists, r.Put = true, e
	case events.PeriodClosed:
		r.Closed = e.Until
	}
}

// Decide answers PutReseller and ClosePeriod.
func (r *Reseller) Decide(command Command, w World) ([]events.Event, error) {
	switch command := command.(type) {
	case PutReseller:
		return command.decide(r, w)
	case ClosePeriod:
		return command.decide(r, w)
	}
	return nil, errNotOnStream
}

// PutReseller is catalog.put_reseller: a reseller whole.
type PutReseller struct {
	Name          string   `json:"name"`
	Parent        string   `json:"parent"`
	Currency      string   `json:"currency"` // ISO 4217
	Company       string   `json:"company"`  // the customer that the reseller's own employees belong to
	Subscriptions []string `json:"subscriptions"`
}

// Kind is reseller.
func (PutReseller) Kind() string { return KindReseller }

func (c PutReseller) decide(to *Reseller, w World) ([]events.Event, error) {
	if err := mayChangeCatalog(w); err != nil {
		return nil, err
	}
	c.Parent, c.Company, c.Subscriptions = CanonicalID(c.Parent), CanonicalID(c.Company), canonicals(c.Subscriptions)
	found := some(checkCurrency(c.Currency))
	if len(c.Subscriptions) > referencesMax {
		found = append(found, invalid("subscriptions", "has at most 10000 items"))
	}
	if err := join(found); err != nil {
		return nil, err
	}
	put := events.ResellerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}
