package billing

import "slices"

// inheritDepthMax bounds the walk to the ancestors: three levels exist, so a
// longer chain is a mistake.
const inheritDepthMax = 16

// nearest returns the first value that pick finds on the product or its nearest
// ancestor: the reseller's line of ancestors first, then the master's (rule 8).
// A cycle that is reached before a value is found is an error.
func nearest[T any](c Catalog, id string, pick func(*Product) (T, bool)) (v T, from string, err error) {
	if p, ok := c.Product(id); ok {
		if v, ok := pick(p); ok {
			return v, id, nil
		}
		if p.alone() {
			return v, "", nil // without room for a path
		}
		var path [inheritDepthMax]string
		return ascend(c, p, pick, append(path[:0], id))
	}
	return v, "", nil
}

// alone reports whether the product has no ancestors.
func (p *Product) alone() bool { return p.InheritFromReseller == "" && p.InheritFrom == "" }

func ascend[T any](c Catalog, p *Product, pick func(*Product) (T, bool), path []string) (v T, from string, err error) {
	for _, parent := range [...]string{p.InheritFromReseller, p.InheritFrom} {
		if parent == "" {
			continue
		}
		if slices.Contains(path, parent) {
			return v, "", &Held{inheritanceCycle, "product " + path[0] + " inherits from itself through " + p.ID}
		}
		ancestor, ok := c.Product(parent)
		if !ok || len(path) == inheritDepthMax {
			continue
		}
		if v, ok := pick(ancestor); ok {
			return v, parent, nil
		}
		if v, from, err = ascend(c, ancestor, pick, append(path, parent)); err != nil || from != "" {
			return v, from, err
		}
	}
	return v, "", nil
}

// list is whose prices are looked for: a ledger's in its currency (rule 4). own is
// the policy's currency, that of products whose owner has none.
type list struct {
	ledger        Ledger
	currency, own string
}

// priceOf is the catalogue price of a list on a day (rules 4, 8 and 22). No price
// anywhere is NO_PRICE; 0 is a price.
func priceOf(c Catalog, id string, l list, d Date) (Amount, string, error) {
	if p, ok := c.Product(id); ok {
		if price := p.priceOn(l, d); price != nil {
			return *price, id, nil
		}
	}
	price, from, err := nearest(c, id, func(p *Product) (*Amount, bool) {
		v := p.priceOn(l, d)
		return v, v != nil
	})
	if err != nil {
		return Amount{}, "", err
	}
	if from == "" {
		return Amount{}, "", &Held{
			noPrice, "product " + id + " has no " + string(l.ledger) + " price in " + l.currency + " on " + d.String(),
		}
	}
	return *price, from, nil
}

// priceOn is the product's own price on a day, nil where it has none in the
// list's currency. A price that names the currency holds before one of the same
// day that has it from the owner.
func (p *Product) priceOn(l list, d Date) *Amount {
	var price *Amount
	since := Date(-1)
	if own := p.Currency; own == l.currency || own == "" && l.currency == l.own {
		if i := p.prices(l.ledger).index(d); i >= 0 {
			price, since = p.prices(l.ledger)[i].Value, p.prices(l.ledger)[i].From
		}
	}
	for i := range p.Named {
		if n := &p.Named[i]; n.Ledger == l.ledger && n.Currency == l.currency {
			if j := n.Prices.index(d); j >= 0 && n.Prices[j].From >= since {
				price = n.Prices[j].Value
			}
		}
	}
	return price
}

// prices is the price list of a ledger.
func (p *Product) prices(l Ledger) Timeline[*Amount] {
	switch l {
	case Reseller:
		return p.Wholesale
	case Cost:
		return p.Cost
	default:
		return p.Price
	}
}

// priceDays appends the days on which the price of the product or an ancestor
// may change.
func priceDays(c Catalog, id string, l Ledger, days []Date) []Date {
	// A pick that never finds anything visits every ancestor once.
	_, _, _ = nearest(c, id, func(p *Product) (struct{}, bool) {
		for _, e := range p.prices(l) {
			days = append(days, e.From)
		}
		for i := range p.Named {
			if n := &p.Named[i]; n.Ledger == l {
				for _, e := range n.Prices {
					days = append(days, e.From)
				}
			}
		}
		return struct{}{}, false
	})
	return days
}

// kind is what a product inherits besides its prices.
type kind struct {
	recurrence Recurrence
	fullMonth  bool // rule 6
}

// kindOf resolves a product's recurrence and rule 6 flag. A product that does
// not exist, or has no recurrence anywhere, cannot be billed.
func kindOf(c Catalog, id string) (kind, error) {
	if p, ok := c.Product(id); ok && p.alone() && p.Recurrence.Valid() { // the usual product, found once
		return kind{p.Recurrence, p.RecurrenceFullMonth != nil && *p.RecurrenceFullMonth}, nil
	}
	r, from, err := nearest(c, id, func(p *Product) (Recurrence, bool) { return p.Recurrence, p.Recurrence != "" })
	if err != nil {
		return kind{}, err
	}
	if from == "" || !r.Valid() {
		return kind{}, &Held{noPrice, "product " + id + " has no recurrence in the catalogue"}
	}
	full, _, err := nearest(c, id, func(p *Product) (bool, bool) {
		return p.RecurrenceFullMonth != nil && *p.RecurrenceFullMonth, p.RecurrenceFullMonth != nil
	})
	if err != nil {
		return kind{}, err
	}
	return kind{r, full}, nil
}

// includedBy is the list of included products of a product (rule 20).
func includedBy(c Catalog, id string) []Included {
	list, _, err := nearest(c, id, func(p *Product) ([]Included, bool) { return p.Included, p.Included != nil })
	if err != nil {
		return nil // the cycle holds the product's own line, if it matters
	}
	return list
}
