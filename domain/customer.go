package domain

import (
	"tenure/events"
)

// Customer is the state of a customer's stream.
type Customer struct {
	timeless
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.CustomerPut `json:"put"`
}

// Evolve folds CustomerPut.
func (c *Customer) Evolve(e events.Event) {
	if e, ok := e.(events.CustomerPut); ok {
		c.Exists, c.Put = true, e
	}
}

// Decide answers PutCustomer.
func (c *Customer) Decide(command Command, w World) ([]events.Event, error) {
	put, ok := command.(PutCustomer)
	if !ok {
		return nil, errNotOnStream
	}
	return put.decide(c, w)
}

// PutCustomer is catalog.put_customer: a customer whole, with what references of its employees are checked against.
type PutCustomer struct {
	Reseller         string   `json:"reseller"`
	Name             string   `json:"name"`
	Currency         string   `json:"currency"`
	Features         []string `json:"features"`
	BillingCustomers []string `json:"billingCustomers"`
}

// Kind is customer.
func (PutCustomer) Kind() string { return KindCustomer }

func (c PutCustomer) decide(to *Customer, w World) ([]events.Event, error) {
	if _, ok := w.Catalog.Reseller(c.Reseller); !ok {
		return nil, reject(404, "reseller", "Reseller not found")
	}
	if to.Exists && to.Put.Reseller != c.Reseller {
		// Lines of the reseller's ledger would change their payer in the past.
		return nil, reject(409, "reseller", "A customer keeps its reseller")
	}
	put := events.CustomerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}

// Reseller is the state of a reseller's stream.
type Reseller struct {
	timeless
	ID     string             `json:"-"`
	Exists bool               `json:"exists"`
	Put    events.ResellerPut `json:"put"`
}

// Evolve folds ResellerPut.
func (r *Reseller) Evolve(e events.Event) {
	if e, ok := e.(events.ResellerPut); ok {
		r.Exists, r.Put = true, e
	}
}

// Decide answers PutReseller.
func (r *Reseller) Decide(command Command, w World) ([]events.Event, error) {
	put, ok := command.(PutReseller)
	if !ok {
		return nil, errNotOnStream
	}
	return put.decide(r, w)
}

// PutReseller is catalog.put_reseller: a reseller whole.
type PutReseller struct {
	Name     string `json:"name"`
	Parent   string `json:"parent"`
	Currency string `json:"currency"`
}

// Kind is reseller.
func (PutReseller) Kind() string { return KindReseller }

func (c PutReseller) decide(to *Reseller, _ World) ([]events.Event, error) {
	put := events.ResellerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}
