package domain

import (
	"maps"
	"slices"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// FeaturePBX is the customer's feature without which nobody of it can have a PBX user product.
const FeaturePBX = "PBX"

// Catalog is all products, customers and resellers as of one version. A shared one is never changed: With
// gives a newer one, so that decisions in many shards need no lock.
type Catalog struct {
	Version int64 // position of the last event folded in
	// hash of the log at the version, which tells apart two histories of the same length; no rule reads it
	Chain     []byte
	products  map[string]*CatalogProduct
	customers map[string]events.CustomerPut
	resellers map[string]events.ResellerPut
	companies map[string]string       // resellers by the customer that is their company
	held      map[string]string       // customers whose billing is held, and why
	closed    map[string]billing.Date // the last closed day of resellers
	policy    Policy                  // what was set of the billing policy, and policies: its values by day
	policies  billing.PolicyLog
}

// CatalogProduct is a product as decisions see it: what billing reads, and when it may be assigned.
type CatalogProduct struct {
	billing.Product
	Type  string
	Start billing.Date // first day on which it may be assigned
	End   billing.Date // first day on which it may not any more; none: always
	Name  string
	Code  string
	Unit  string
	// Reseller or Customer owns it; without an owner it is the master catalog's.
	Reseller string
	Customer string
	// ApplyByResellerOnly keeps it from being assigned below RESELLER; nil: as its ancestor.
	ApplyByResellerOnly *bool
}

// EmptyCatalog is the catalog before its first event.
func EmptyCatalog() *Catalog {
	return &Catalog{
		products:  map[string]*CatalogProduct{},
		customers: map[string]events.CustomerPut{},
		resellers: map[string]events.ResellerPut{},
		companies: map[string]string{},
		held:      map[string]string{},
		closed:    map[string]billing.Date{},
	}
}

// With folds events of the catalog's shard into a copy.
func (c *Catalog) With(recorded ...events.Recorded) *Catalog {
	next := c.Clone()
	for _, r := range recorded {
		next.Fold(r)
	}
	return next
}

// Clone gives a copy that Fold may change while the original stays as it is.
func (c *Catalog) Clone() *Catalog {
	return &Catalog{
		Version:   c.Version,
		Chain:     c.Chain,
		products:  maps.Clone(c.products),
		customers: maps.Clone(c.customers),
		resellers: maps.Clone(c.resellers),
		companies: maps.Clone(c.companies),
		held:      maps.Clone(c.held),
		closed:    maps.Clone(c.closed),
		policy:    c.policy,
		policies:  c.policies,
	}
}

// Fold takes one event into a catalog that nobody else reads yet.
func (c *Catalog) Fold(r events.Recorded) {
	c.Version = max(c.Version, r.Position)
	_, id := SplitStream(r.Stream)
	switch e := r.Event.(type) {
	case events.ProductPut:
		c.products[id] = c.putProduct(id, e)
	case events.PriceSet:
		c.products[id] = c.setPrice(id, e)
	case events.CustomerPut:
		c.customers[id] = e
	case events.ResellerPut:
		c.putReseller(id, e)
	case events.CustomerBillingHeld:
		c.held[id] = e.Reason
	case events.CustomerBillingReleased:
		delete(c.held, id)
	case events.PeriodClosed:
		c.closed[id] = e.Until
	case events.PolicySet:
		c.foldPolicy(e)
	}
}

// putReseller sets a reseller and whose company its customer is. Of two resellers with one company, which older logs
// may have, the one that was put first keeps it.
func (c *Catalog) putReseller(id string, e events.ResellerPut) {
	if old := c.resellers[id].Company; c.companies[old] == id {
		delete(c.companies, old)
	}
	c.resellers[id] = e
	if _, taken := c.companies[e.Company]; e.Company != "" && !taken {
		c.companies[e.Company] = id
	}
}

func (c *Catalog) putProduct(id string, e events.ProductPut) *CatalogProduct {
	p := CatalogProduct{Type: e.Type, Start: e.Start, End: e.End, Name: e.Name, Code: e.ProductCode, Unit: e.UnitType,
		Reseller: e.Reseller, Customer: e.Customer, ApplyByResellerOnly: e.ApplyByResellerOnly}
	if old, ok := c.products[id]; ok {
		p.Product = old.Product
	}
	p.Product.ID = id
	p.Product.Currency = c.ownerCurrency(e.Reseller, e.Customer)
	p.Recurrence = billing.Recurrence(e.Recurrence)
	p.RecurrenceFullMonth = e.RecurrenceFullMonth
	p.InheritFrom, p.InheritFromReseller = e.InheritFrom, e.InheritFromReseller
	p.Included = nil
	for _, inc := range e.IncludedProducts {
		p.Included = append(p.Included, billing.Included{Product: inc.Product, Amount: inc.Amount})
	}
	return &p
}

// ownerCurrency is that of a product's owner, in which its prices are where they name none (rule 4); empty: the
// policy's. An owner keeps its currency from its first put on, which is before that of what it owns.
func (c *Catalog) ownerCurrency(reseller, customer string) string {
	if customer != "" {
		owner := c.customers[customer]
		return or(owner.Currency, c.resellers[owner.Reseller].Currency)
	}
	return c.resellers[reseller].Currency
}

func (c *Catalog) setPrice(id string, e events.PriceSet) *CatalogProduct {
	var p CatalogProduct
	if old, ok := c.products[id]; ok {
		p = *old
	}
	if e.Currency != "" {
		p.Named = setNamed(slices.Clone(p.Named), e)
		return &p
	}
	prices := map[billing.Ledger]*billing.Timeline[*billing.Amount]{
		billing.Customer: &p.Price, billing.Reseller: &p.Wholesale, billing.Cost: &p.Cost,
	}[e.Ledger]
	*prices = slices.Clone(*prices).Set(e.From, e.Amount)
	return &p
}

// setNamed sets a price in its price list of a named currency.
func setNamed(lists []billing.PriceList, e events.PriceSet) []billing.PriceList {
	i := slices.IndexFunc(
		lists,
		func(l billing.PriceList) bool { return l.Ledger == e.Ledger && l.Currency == e.Currency },
	)
	if i < 0 {
		i, lists = len(lists), append(lists, billing.PriceList{Ledger: e.Ledger, Currency: e.Currency})
	}
	lists[i].Prices = lists[i].Prices.Set(e.From, e.Amount)
	return lists
}

// Product gives a product to billing.
func (c *Catalog) Product(id string) (*billing.Product, bool) {
	p, ok := c.products[id]
	if !ok {
		return nil, false
	}
	return &p.Product, true
}

// Find gives a product with what is known of it besides billing.
func (c *Catalog) Find(id string) (*CatalogProduct, bool) {
	p, ok := c.products[id]
	return p, ok
}

// Customer gives a customer.
func (c *Catalog) Customer(id string) (events.CustomerPut, bool) {
	customer, ok := c.customers[id]
	return customer, ok
}

// hasFeature reports whether a customer has a feature.
func (c *Catalog) hasFeature(customer, feature string) bool {
	return slices.Contains(c.customers[customer].Features, feature)
}

// Reseller gives a reseller.
func (c *Catalog) Reseller(id string) (events.ResellerPut, bool) {
	reseller, ok := c.resellers[id]
	return reseller, ok
}

// holdsAny reports whether the billing of any customer is held.
func (c *Catalog) holdsAny() bool { return len(c.held) > 0 }

// HeldCustomer reports whether a customer's billing is held, and why.
func (c *Catalog) HeldCustomer(id string) (why string, held bool) {
	why, held = c.held[id]
	return why, held
}

// HeldCustomers are the customers whose billing is held, and why.
func (c *Catalog) HeldCustomers() map[string]string { return maps.Clone(c.held) }

// Closed are the last days of the closed accounts of resellers.
func (c *Catalog) Closed() map[string]billing.Date { return maps.Clone(c.closed) }

// ClosedUntil is the last day of a reseller's closed accounts; 0: none are closed.
func (c *Catalog) ClosedUntil(reseller string) billing.Date { return c.closed[reseller] }

// ancestorsMax bounds how many products are looked at on the way up: customer, reseller, parent resellers, master. More
// are a cycle.
const ancestorsMax = 16

// inherited gives a field of a product, its own or the nearest ancestor's: the reseller's line first and the master's
// after it, as for prices (rule 8). It is the field's zero value where nobody has one.
func inherited[T comparable](c *Catalog, id string, field func(*CatalogProduct) T) T {
	var none T
	waiting := []string{id}
	for seen := 0; len(waiting) > 0 && seen < ancestorsMax; seen++ {
		next := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		p, ok := c.products[next]
		if !ok {
			continue
		}
		if v := field(p); v != none {
			return v
		}
		for _, parent := range [...]string{p.InheritFrom, p.InheritFromReseller} {
			if parent != "" {
				waiting = append(waiting, parent)
			}
		}
	}
	return none
}

// hasDay reports whether a product may be assigned on a day at all. Its dates never end the billing of one that is
// held.
func (c *Catalog) hasDay(id string, on billing.Date) bool {
	start := inherited(c, id, func(p *CatalogProduct) billing.Date { return p.Start })
	end := inherited(c, id, func(p *CatalogProduct) billing.Date { return p.End })
	_, known := c.products[id]
	return known && start <= on && (end == 0 || on < end)
}

// has reports whether the catalogue knows a product.
func (c *Catalog) has(id string) bool {
	_, known := c.products[id]
	return known
}

// offers reports whether a product is the master catalog's, the customer's own or its reseller's.
func (c *Catalog) offers(id, customer string) bool {
	p, known := c.products[id]
	switch {
	case !known:
		return false
	case p.Customer != "":
		return p.Customer == customer
	case p.Reseller != "":
		return p.Reseller == c.customers[customer].Reseller
	}
	return true
}

// byResellerOnly reports whether only RESELLER and up may assign a product.
func (c *Catalog) byResellerOnly(id string) bool {
	only := inherited(c, id, func(p *CatalogProduct) *bool { return p.ApplyByResellerOnly })
	return only != nil && *only
}

// assignable reports whether the caller may assign a product to an employee of a customer on a day.
func (w World) assignable(id, customer string, on billing.Date) bool {
	return w.Catalog.hasDay(id, on) && w.Catalog.offers(id, customer) &&
		(!w.Catalog.byResellerOnly(id) || w.can(access.Reseller))
}

// typeOf returns the type of a product, its own or its nearest ancestor's.
func (c *Catalog) typeOf(id string) string {
	return inherited(c, id, func(p *CatalogProduct) string { return p.Type })
}
