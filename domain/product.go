package domain

import (
	"tenure/billing"
	"tenure/events"
)

// TypePBXUser is the type of a product that can be an employee's PBX user product.
const TypePBXUser = "PBX_USER"

// productTypes, recurrences and unitTypes are the published values.
var (
	productTypes = set("SIP_RATEPLAN", "MVNO_RATEPLAN", "DSL", "FIBER", "NUMBER_RENT", "DNS", "PBX_EXTENSION",
		"PBX_SIP_PHONE", TypePBXUser, "MVNO_DATA_TOP_UP", "EXTERNAL_LICENSE", "MVNO_ROW_ROAMING", "AD_HOC", "OTHER")
	recurrences = set("NONE", "MONTHLY", "QUARTERLY", "YEARLY")
	unitTypes   = set("MIN", "MB", "UNITS", "HOURS", "KM", "MONTHS")
)

func set(values ...string) map[string]bool {
	m := make(map[string]bool, len(values))
	for _, v := range values {
		m[v] = true
	}
	return m
}

// Product is the state of a product's stream.
type Product struct {
	noTimers
	ID     string            `json:"-"`
	Exists bool              `json:"exists"`
	Put    events.ProductPut `json:"put"`
	// Prices are the price lists by ledger, or by ledger/currency where the currency was named.
	Prices map[string]billing.Timeline[*billing.Amount] `json:"prices,omitempty"`
}

// priceListKey is the key of a price list.
func priceListKey(l billing.Ledger, currency string) string {
	if currency == "" {
		return string(l)
	}
	return string(l) + "/" + currency
}

// Evolve folds ProductPut and PriceSet.
func (p *Product) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.ProductPut:
		p.Exists, p.Put = true, e
	case events.PriceSet:
		if p.Prices == nil {
			p.Prices = map[string]billing.Timeline[*billing.Amount]{}
		}
		list := priceListKey(e.Ledger, e.Currency)
		p.Prices[list] = p.Prices[list].Set(e.From, e.Amount)
	}
}

// Decide answers PutProduct and SetPrice.
func (p *Product) Decide(c Command, w World) ([]events.Event, error) {
	switch c := c.(type) {
	case PutProduct:
		return c.decide(p, w)
	case SetPrice:
		return c.decide(p, w)
	}
	return nil, errNotOnStream
}

// holds reports whether a price is so already. A command that names no day then changes nothing; one that names a day
// sets an entry, which stays where an earlier one changes later (rule 17).
func (p *Product) holds(price events.PriceSet) bool {
	now, _ := p.Prices[priceListKey(price.Ledger, price.Currency)].At(price.From)
	return equalAmount(now, price.Amount)
}

// setPrice gives the event that changes a price, unless it is so already.
func (p *Product) setPrice(price events.PriceSet) []events.Event {
	for _, entry := range p.Prices[priceListKey(price.Ledger, price.Currency)] {
		if entry.From == price.From && equalAmount(entry.Value, price.Amount) {
			return nil
		}
	}
	return []events.Event{price}
}

func equalAmount(a, b *billing.Amount) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
