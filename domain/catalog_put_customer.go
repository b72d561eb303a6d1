package domain

import (
	"tenure/access"
	"tenure/events"
)

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

// Operation is change catalog.
func (PutCustomer) Operation() access.Operation { return access.ChangeCatalog }

func (c PutCustomer) decide(to *Customer, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	if refused := w.checkNewID("_id", to.ID); !to.Exists && refused != nil {
		return nil, refused
	}
	c = c.normalized()
	if err := join(c.check(to, w)); err != nil {
		return nil, err
	}
	put := events.CustomerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}

// normalized gives ids their one spelling: employees refer to them in either case.
func (c PutCustomer) normalized() PutCustomer {
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
	found := c.checkTexts()
	if _, ok := w.Catalog.Reseller(c.Reseller); !ok {
		found = append(found, errResellerNotFound)
	} else if to.Exists && to.Put.Reseller != c.Reseller {
		// Lines of the reseller's ledger would change their payer in the past.
		found = append(found, reject(statusConflict, "reseller", "A customer keeps its reseller"))
	}
	found = append(found, nonNil(checkCurrency(c.Currency))...)
	if to.Exists {
		found = append(found, keepsCurrency(w.currencyOf(to.Put), w.currencyOf(events.CustomerPut(c)))...)
	}
	seen := map[string]bool{}
	for _, a := range c.Addresses {
		switch {
		case a.ID == "" || seen[a.ID]:
			found = append(found, invalid("addresses._id", "Each address needs its own id"))
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
		{"billingCustomers", len(c.BillingCustomers)},
		{"organizationResellers", len(c.OrganizationResellers)}, {"features", len(c.Features)},
	} {
		if list.items > referencesMax {
			found = append(found, invalid(list.path, "has at most 10000 items"))
		}
	}
	return found
}
