package domain

import (
	"maps"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// PutProduct is catalog.put_product: everything of a product but, after the first time, its prices.
type PutProduct struct {
	Type                string            `json:"type"`
	ProductCode         string            `json:"productCode"`
	Name                string            `json:"name"`
	UnitType            string            `json:"unitType"`
	Recurrence          string            `json:"recurrence"`
	RecurrenceFullMonth *bool             `json:"recurrenceFullMonth"`
	Start               Day               `json:"start"`
	End                 Day               `json:"end"`
	InheritFrom         string            `json:"inheritFrom"`
	InheritFromReseller string            `json:"inheritFromReseller"`
	IncludedProducts    []events.Included `json:"includedProducts"`
	Price               *billing.Amount   `json:"price"`
	Wholesale           *billing.Amount   `json:"wholesale"`
	Cost                *billing.Amount   `json:"cost"`
	Currency            string            `json:"currency"` // of the three prices; default the owner's
	Reseller            string            `json:"reseller"` // its owner; none: the master catalog
	Customer            string            `json:"customer"`
	ApplyByResellerOnly *bool             `json:"applyByResellerOnly"`
	// of the prices; default today, or 1 January 2000 on a new product
	Effective DateOnly `json:"effective"`
}

// Kind is product.
func (PutProduct) Kind() string { return KindProduct }

// Operation is change catalog.
func (PutProduct) Operation() access.Operation { return access.ChangeCatalog }

// earliestDue is the day from which a new product's first prices hold: before anything that can be billed.
var earliestDue = billing.MustDate("2000-01-01")

func (c PutProduct) decide(p *Product, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	if refused := w.checkNewID("_id", p.ID); !p.Exists && refused != nil {
		return nil, refused
	}
	if err := join(slices.Concat(c.check(p), c.checkOwner(w), c.keeps(p, w))); err != nil {
		return nil, err
	}
	var out []events.Event
	put := c.event(w)
	if !p.Exists || !sameJSON(p.Put, put) {
		out = append(out, put)
	}
	return append(out, c.setPrices(p, w)...), nil
}

// setPrices sets the prices of a product that are not set yet: from the given day, else from today, or always where the
// product is new.
func (c PutProduct) setPrices(p *Product, w World) (out []events.Event) {
	effective := c.Effective.in(w)
	switch {
	case effective == 0 && p.Exists:
		effective = w.Today()
	case effective == 0:
		effective = earliestDue
	}
	for _, price := range c.prices() {
		set := events.PriceSet{Ledger: price.ledger, From: w.Today(), Amount: price.amount, Currency: c.Currency}
		if price.amount == nil || c.Effective.in(w) == 0 && p.holds(set) {
			continue
		}
		set.From = effective
		out = append(out, p.setPrice(set)...)
	}
	return out
}

func (c PutProduct) event(w World) events.ProductPut {
	included := slices.Clone(c.IncludedProducts)
	for i := range included {
		included[i].Product = CanonicalID(included[i].Product)
	}
	return events.ProductPut{
		Type:                c.Type,
		ProductCode:         c.ProductCode,
		Name:                c.Name,
		UnitType:            unitType(c.UnitType),
		Recurrence:          c.Recurrence,
		RecurrenceFullMonth: c.RecurrenceFullMonth,
		Start:               c.Start.in(w),
		End:                 c.End.in(w),
		InheritFrom:         CanonicalID(c.InheritFrom),
		InheritFromReseller: CanonicalID(c.InheritFromReseller),
		IncludedProducts:    included,
		Reseller: CanonicalID(
			c.Reseller,
		),
		Customer:            CanonicalID(c.Customer),
		ApplyByResellerOnly: c.ApplyByResellerOnly,
	}
}

// unitType accepts MONTH as the published example has it, and keeps MONTHS as the table has it.
func unitType(s string) string {
	if s == "MONTH" {
		return "MONTHS"
	}
	return s
}

func (c PutProduct) check(p *Product) []*Rejection {
	all := c.checkTexts()
	oneOf := func(path, value string, allowed map[string]bool) {
		if value != "" && !allowed[value] {
			all = append(all, invalid(path, quoteOf(value)+" is not one of the published values"))
		}
	}
	oneOf("type", c.Type, productTypes)
	oneOf("unitType", unitType(c.UnitType), unitTypes)
	oneOf("recurrence", c.Recurrence, recurrences)
	// A product in use keeps its recurrence: periods already billed would shift under it. Nothing tells here whether it is
	// in use, so it holds for every product.
	if p.Exists && p.Put.Recurrence != c.Recurrence {
		all = append(all, reject(statusConflict, "recurrence", "A product keeps its recurrence: make a new product instead"))
	}
	all = append(all, nonNil(checkCurrency(c.Currency))...)
	if c.Type == TypePBXUser && c.Recurrence == string(billing.None) {
		all = append(all, invalid("recurrence", "A PBX user product recurs: MONTHLY, or as it inherits"))
	}
	for _, price := range c.prices() {
		if price.amount != nil && price.amount.Sign() < 0 {
			all = append(all, invalid(price.path, "A product's price cannot be negative"))
		}
	}
	return all
}

// keeps refuses what would change days that were billed long ago: what a product is billed by has no day from which it
// holds, so another flag, another list of included products or an ancestor with another recurrence would hold from the
// first day on, and every billed month would be credited and charged again.
func (c PutProduct) keeps(p *Product, w World) []*Rejection {
	if !p.Exists {
		return nil
	}
	var all []*Rejection
	keep := func(path, what string, same bool) {
		if !same {
			all = append(all, reject(statusConflict, path, "A product keeps its "+what+": make a new product instead"))
		}
	}
	put := c.event(w)
	keep("recurrenceFullMonth", "recurrenceFullMonth", sameJSON(p.Put.RecurrenceFullMonth, put.RecurrenceFullMonth))
	keep("includedProducts", "included products", slices.Equal(p.Put.IncludedProducts, put.IncludedProducts))
	then := &Catalog{products: maps.Clone(w.Catalog.products)}
	then.products[p.ID] = then.putProduct(p.ID, put)
	kind := func(c *Catalog) string {
		return string(inherited(c, p.ID, func(p *CatalogProduct) billing.Recurrence { return p.Recurrence }))
	}
	if before := kind(w.Catalog); before != "" {
		keep("inheritFrom", "recurrence, which it inherits", before == kind(then))
	}
	return all
}

// checkOwner refuses an owner that is not in the catalog, and a customer of another reseller than is named.
func (c PutProduct) checkOwner(w World) []*Rejection {
	var found []*Rejection
	reseller, customer := CanonicalID(c.Reseller), CanonicalID(c.Customer)
	if _, known := w.Catalog.Reseller(reseller); reseller != "" && !known {
		found = append(found, errResellerNotFound)
	}
	owner, known := w.Catalog.Customer(customer)
	switch {
	case customer != "" && !known:
		found = append(found, errCustomerNotFound)
	case customer != "" && reseller != "" && owner.Reseller != reseller:
		found = append(found, reject(statusConflict, "customer", "The customer has another reseller"))
	}
	return found
}

// listPrice is one of the three prices that a product may be put with.
type listPrice struct {
	path   string
	ledger billing.Ledger
	amount *billing.Amount
}

func (c PutProduct) prices() []listPrice {
	return []listPrice{
		{"price", billing.Customer, c.Price}, {"wholesale", billing.Reseller, c.Wholesale}, {"cost", billing.Cost, c.Cost},
	}
}
