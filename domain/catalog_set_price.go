package domain

import (
	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/events"
)

// SetPrice is catalog.set_price: one price of a product from a day on. Billed lines are never rated again; a source
// takes the new price with its next period (rule 17).
type SetPrice struct {
	Ledger    billing.Ledger           `json:"ledger"` // default CUSTOMER
	Amount    Optional[billing.Amount] `json:"amount"` // null hands the price back to the ancestor
	Effective DateOnly                 `json:"effective"`
	// ISO 4217; default the owner's: customer, reseller, or the policy
	Currency string `json:"currency"`
}

// Kind is product.
func (SetPrice) Kind() string { return KindProduct }

// Operation is change catalog.
func (SetPrice) Operation() access.Operation { return access.ChangeCatalog }

func (c SetPrice) decide(p *Product, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	if !p.Exists {
		return nil, errProductNotFound
	}
	if c.Ledger == "" {
		c.Ledger = billing.Customer
	}
	if !contract.IsLedger(c.Ledger) {
		return nil, invalid("ledger", "must be CUSTOMER, RESELLER or COST")
	}
	if !c.Amount.given {
		return nil, invalid("amount", "is required: an amount, or null for the ancestor's price")
	}
	if c.Amount.value != nil && c.Amount.value.Sign() < 0 {
		return nil, invalid("amount", "A product's price cannot be negative")
	}
	if refused := checkCurrency(c.Currency); refused != nil {
		return nil, refused
	}
	set := events.PriceSet{Ledger: c.Ledger, From: c.Effective.in(w), Amount: c.Amount.value, Currency: c.Currency}
	if set.From == 0 {
		if set.From = w.Today(); p.holds(set) {
			return nil, nil
		}
	}
	return p.setPrice(set), nil
}
