package events

import (
	"tenure/billing"
)

// Included is an amount of another product that comes with a product.
type Included struct {
	Product string         `json:"_id"`
	Amount  billing.Amount `json:"amount"`
}

// ProductPut sets everything of a product but its prices. A product of a customer inherits from its reseller's, and
// that one from the master, field by field.
type ProductPut struct {
	Type                string       `json:"type,omitempty"`
	ProductCode         string       `json:"productCode,omitempty"`
	Name                string       `json:"name,omitempty"`
	UnitType            string       `json:"unitType,omitempty"`
	Recurrence          string       `json:"recurrence,omitempty"`
	RecurrenceFullMonth *bool        `json:"recurrenceFullMonth,omitempty"`
	Start               billing.Date `json:"start,omitempty"` // first day on which it may be assigned
	End                 billing.Date `json:"end,omitempty"`   // first day on which it may not any more
	InheritFrom         string       `json:"inheritFrom,omitempty"`
	InheritFromReseller string       `json:"inheritFromReseller,omitempty"`
	IncludedProducts    []Included   `json:"includedProducts,omitempty"`
	// Reseller or Customer owns the product; without an owner it is the master catalog's.
	Reseller string `json:"reseller,omitempty"`
	Customer string `json:"customer,omitempty"`
	// ApplyByResellerOnly keeps it from being assigned below RESELLER.
	ApplyByResellerOnly *bool `json:"applyByResellerOnly,omitempty"`
}

// EventType is catalog.product_put.v1.
func (ProductPut) EventType() string { return "catalog.product_put.v1" }

// PriceSet sets one price of a product from a local day on; an absent amount hands it back to the ancestor.
type PriceSet struct {
	Ledger billing.Ledger  `json:"ledger"`
	From   billing.Date    `json:"from"`
	Amount *billing.Amount `json:"amount,omitempty"`
	// Currency is the one named with the price; none: its owner's, as in all events from before prices had one.
	Currency string `json:"currency,omitempty"`
}

// EventType is catalog.price_set.v1.
func (PriceSet) EventType() string { return "catalog.price_set.v1" }

// Address is one of a customer's addresses; an employee refers to it by its id.
type Address struct {
	ID               string `json:"_id"`
	Primary          bool   `json:"primary,omitempty"`
	Address          string `json:"address,omitempty"` // street
	Zip              string `json:"zip,omitempty"`
	City             string `json:"city,omitempty"`
	Country          string `json:"country,omitempty"` // ISO 3166-1 alpha-2
	MunicipalityCode int    `json:"municipalityCode,omitempty"`
	AlternativeName  string `json:"alternativeName,omitempty"`
}

// CustomerPut sets a customer whole. Employees refer to its addresses, greetings and subscriptions, to the customers
// that may pay for them, and to the resellers that they may manage.
type CustomerPut struct {
	Reseller              string    `json:"reseller"`
	Name                  string    `json:"name,omitempty"`
	Currency              string    `json:"currency,omitempty"`
	Features              []string  `json:"features,omitempty"`
	BillingCustomers      []string  `json:"billingCustomers,omitempty"`
	OrganizationResellers []string  `json:"organizationResellers,omitempty"` // granted to it
	Addresses             []Address `json:"addresses,omitempty"`
	Greetings             []string  `json:"greetings,omitempty"`     // ids of its voicemail greetings
	Subscriptions         []string  `json:"subscriptions,omitempty"` // ids of what its employees may subscribe to
}

// EventType is catalog.customer_put.v1.
func (CustomerPut) EventType() string { return "catalog.customer_put.v1" }

// ResellerPut sets a reseller whole.
type ResellerPut struct {
	Name          string   `json:"name,omitempty"`
	Parent        string   `json:"parent,omitempty"`
	Currency      string   `json:"currency,omitempty"`
	Company       string   `json:"company,omitempty"`       // the customer that its own employees belong to
	Subscriptions []string `json:"subscriptions,omitempty"` // what employees of all its customers may subscribe to
}

// EventType is catalog.reseller_put.v1.
func (ResellerPut) EventType() string { return "catalog.reseller_put.v1" }
