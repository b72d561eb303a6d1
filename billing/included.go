package billing

// hasIncluded reports whether any user product of the account includes units.
func (e *engine) hasIncluded() bool {
	if !e.policy.any(func(p *Policy) bool { return p.IncludedUnits == Deduct }) {
		return false
	}
	user := e.account.source(ProductSource)
	if user == nil {
		return false
	}
	for i := range user.Products {
		if len(includedBy(e.catalog, user.Products[i].Value)) > 0 {
			return true
		}
	}
	return false
}

// IncludesUnits reports whether a user product that the account has or had includes
// units of a product.
func (a *Account) IncludesUnits(c Catalog, product string) bool {
	user := a.source(ProductSource)
	if user == nil {
		return false
	}
	for i := range user.Products {
		for _, in := range includedBy(c, user.Products[i].Value) {
			if in.Product == product {
				return true
			}
		}
	}
	return false
}

// source finds a source by id.
func (a *Account) source(id string) *Source {
	for i := range a.Sources {
		if a.Sources[i].ID == id {
			return &a.Sources[i]
		}
	}
	return nil
}

// included is how many units of the addon are free on the day: the user
// product's included units go to its addons of that product, oldest (start, id)
// first, never below 0 (rule 20).
func (e *engine) included(s *Source, product string, d Date) Amount {
	left := e.includedUnits(s, product, d)
	for i := range e.account.Sources {
		e.account.Sources[i].rentals(func(other *Source) bool {
			if left.Sign() > 0 && other.before(s) && e.serves(other, product, d) {
				if units := unitsOn(other, d); units.Sign() > 0 {
					left = left.add(units.Neg())
				}
			}
			return true
		})
	}
	units := unitsOn(s, d)
	if left.Sign() <= 0 || units.Sign() <= 0 {
		return Amount{}
	}
	if left.add(units.Neg()).Sign() > 0 {
		return units
	}
	return left
}

// includedUnits is what the user product of the day includes of a product.
func (e *engine) includedUnits(s *Source, product string, d Date) Amount {
	user := e.account.source(ProductSource)
	if s.ID == ProductSource || user == nil {
		return Amount{}
	}
	id, _ := user.Products.At(d)
	if id == "" || !e.serves(user, id, d) {
		return Amount{}
	}
	var sum Amount
	for _, in := range includedBy(e.catalog, id) {
		if in.Product == product && in.Amount.Sign() > 0 {
			sum = sum.add(in.Amount)
		}
	}
	return sum
}

// before orders addons by age.
func (s *Source) before(o *Source) bool {
	if s.ID == ProductSource || s.ID == o.ID {
		return false
	}
	return s.Start < o.Start || s.Start == o.Start && s.ID < o.ID
}

// serves reports whether the source serves the product on the day.
func (e *engine) serves(s *Source, product string, d Date) bool {
	at, _ := s.Products.At(d)
	return at == product && Period{s.Start, e.end(s)}.Contains(d)
}

func unitsOn(s *Source, d Date) Amount {
	if units, ok := s.Units.At(d); ok {
		return units
	}
	return One
}

// includedDays appends the days on which the included units of an addon may
// change: the user product's changes, and those of what else has the product.
func (e *engine) includedDays(days []Date, s *Source, product string) []Date {
	if s.ID == ProductSource {
		return days
	}
	for i := range e.account.Sources {
		e.account.Sources[i].rentals(func(o *Source) bool {
			if o != s {
				days = e.sharedDays(days, o, product)
			}
			return true
		})
	}
	return days
}

// sharedDays appends the days on which a source may take included units of the
// product, or give them.
func (e *engine) sharedDays(days []Date, o *Source, product string) []Date {
	switch {
	case o.ID == ProductSource || len(o.Products) > 1:
		days = daysOf(daysOf(days, o.Products), o.Units)
	case len(o.Products) == 1 && o.Products[0].Value == product:
		days = daysOf(days, o.Units)
	default:
		return days
	}
	if o.Start > 0 {
		days = append(days, o.Start)
	}
	if end := e.end(o); end > 0 {
		days = append(days, end)
	}
	return days
}
