package console

import (
	"strings"

	"tenure/billing"
)

// The catalogue names what ids mean; where it does not know one, the id alone is shown.

// customerName is how a customer is called; empty: the catalogue does not know it.
func (r *request) customerName(id string) string {
	customer, _ := r.catalog.Customer(id)
	return customer.Name
}

// resellerName is how a reseller is called.
func (r *request) resellerName(id string) string {
	reseller, _ := r.catalog.Reseller(id)
	return reseller.Name
}

// payerName is how the payer of a ledger is called.
func (r *request) payerName(ledger billing.Ledger, id string) string {
	switch {
	case ledger == billing.Cost, id == platform:
		return "the platform"
	case ledger == billing.Reseller:
		return r.resellerName(strings.ToLower(id))
	}
	return r.customerName(strings.ToLower(id))
}

// productName is how a product is called.
func (r *request) productName(id string) string {
	product, ok := r.catalog.Find(id)
	if !ok {
		return ""
	}
	return product.Name
}
