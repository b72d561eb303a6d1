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
	ID     string                                               `json:"-"`
	Exists bool                                                 `json:"exists"`
	Put    events.ProductPut                                    `json:"put"`
	Prices map[billing.Ledger]billing.Timeline[*billing.Amount] `json:"prices,omitempty"`
}

// Evolve folds ProductPut and PriceSet.
func (p *Product) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.ProductPut:
		p.Exists, p.Put = true, e
	case events.PriceSet:
		if p.Prices == nil {
			p.Prices = map[billing.Ledger]billing.Timeline[*billing.Amount]{}
		}
		p.Prices[e.Ledger] = p.Prices[e.Ledger].Set(e.From, e.Amount)
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

// holds reports whether a price is so already on a day. A command that names no day then changes nothing; one that
// names a day sets an entry, which stays where an earlier one changes later (rule 17).
func (p *Product) holds(l billing.Ledger, on billing.Date, amount *billing.Amount) bool {
	now, _ := p.Prices[l].At(on)
	return equalAmount(now, amount)
}

// setPrice gives the event that changes a price, unless it is so already.
func (p *Product) setPrice(l billing.Ledger, from billing.Date, amount *billing.Amount) []events.Event {
	for _, entry := range p.Prices[l] {
		if entry.From == from && equalAmount(entry.Value, amount) {
			return nil
		}
	}
	return []events.Event{events.PriceSet{Ledger: l, From: from, Amount: amount}}
}

func equalAmount(a, b *billing.Amount) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
