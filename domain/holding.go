package domain

import (
	"slices"

	"tenure/billing"
	"tenure/events"
)

// The rate plan of each mobile account and the product of each extension are billed like addons of one unit, from
// attachment to detachment (rule 12).

// accountSource and extensionSource are the sources under which they are billed.
func accountSource(id string) string   { return "mvno/" + id }
func extensionSource(id string) string { return "extension/" + id }

// rate gives the event that makes a product what a source is billed as from today; none where it is so already.
func (e *Employee) rate(source, product string, w World) []events.Event {
	return e.rateFrom(source, product, w.Today())
}

func (e *Employee) rateFrom(source, product string, from billing.Date) []events.Event {
	now := ""
	if i := e.holding(source); i >= 0 {
		now, _ = e.Holdings[i].Products.At(from)
	}
	if now == product {
		return nil
	}
	return []events.Event{events.HoldingRated{Source: source, Product: product, From: from}}
}

func (e *Employee) holding(source string) int {
	return slices.IndexFunc(e.Holdings, func(s billing.Source) bool { return s.ID == source })
}

// evolveHolding folds HoldingRated. The old list stays as it is.
func (e *Employee) evolveHolding(event events.HoldingRated) {
	e.Holdings = slices.Clone(e.Holdings)
	i := e.holding(event.Source)
	if i < 0 {
		i, e.Holdings = len(e.Holdings), append(e.Holdings, billing.Source{ID: event.Source})
	}
	e.Holdings[i].Products = e.Holdings[i].Products.Set(event.From, event.Product)
}

// holdingSources are the holdings as billing reads them: with the rate plans that are scheduled (rule 9), unless the
// deletion will discard them, and without what no catalog prices. One that was billed stays, also where it ended on the
// day it began, or has no price from that day on: what was billed is to be credited.
func (e *Employee) holdingSources(c *Catalog) []billing.Source {
	var out []billing.Source
	for _, s := range e.Holdings {
		for id, change := range e.RatePlans {
			if accountSource(id) == s.ID && (e.Deletion == nil || change.From < e.Deletion.Date) {
				s.Products = s.Products.Set(change.From, change.Product)
			}
		}
		if c != nil {
			s.Products = c.pricedOnly(s.Products)
		}
		if len(s.Products) > 0 || e.Billed.Furthest(s.ID) != 0 {
			out = append(out, s)
		}
	}
	return out
}

// pricedOnly takes products without any price list out of a timeline: from their day on nothing is billed.
func (c *Catalog) pricedOnly(products billing.Timeline[string]) billing.Timeline[string] {
	var out billing.Timeline[string]
	for _, entry := range products {
		if entry.Value != "" && !c.hasPrice(entry.Value) {
			entry.Value = ""
		}
		if entry.Value != "" || len(out) > 0 {
			out = append(out, entry)
		}
	}
	return out
}

// hasPrice reports whether a product or an ancestor has a price list of any kind.
func (c *Catalog) hasPrice(id string) bool {
	return inherited(c, id, func(p *CatalogProduct) bool {
		return len(p.Price)+len(p.Wholesale)+len(p.Cost)+len(p.Named) > 0
	})
}
