package billing

// ProductSource is the source id of the employee's own PBX user product.
const ProductSource = "product"

// Source is something that is billed over time: an addon, or the employee's user
// product (rule 12).
type Source struct {
	// ID is the addon's id, or [ProductSource].
	ID string
	// Products has one entry for an addon, and one per change for the user
	// product. An empty product id means none from that day.
	Products Timeline[string]
	// Start is the first day of service; 0 for the user product means from the
	// first entry of Products.
	Start Date
	// Terminate is the first day not billed (rule 13), or 0.
	Terminate Date
	// Units is 1 when empty. The first entry should have From 0: a change that is
	// effective before the start must win over the units it came with.
	Units Timeline[Amount]
	// UnitPrice overrides the customer price (rule 4) where the payer has the
	// customer's currency; nil returns to the catalogue's price.
	UnitPrice Timeline[*Amount]
	// InvoicedUntil is the last day that was billed elsewhere before the source
	// came to us (rule 15), and InvoicedFrom the first, usually the start it
	// arrived with; 0 means everything before InvoicedUntil.
	InvoicedUntil Date
	InvoicedFrom  Date
	// InvoicedUnits and InvoicedPayer are the units and the payer that these days
	// were given with; nil and empty: not known.
	InvoicedUnits *Amount `json:",omitempty"`
	InvoicedPayer string  `json:",omitempty"`
	// Text is the source's own name and description for its lines (rule 24), nil
	// where it has none.
	Text *Text `json:"-"`
	// Before are earlier rentals under the same id, oldest first. Each has ended
	// before the next began (rule 13).
	Before []Source `json:",omitempty"`
}

// Text is what an addon is called on its lines.
type Text struct{ Name, Description string }

// rentals calls f for each rental of the source, oldest first, until it is false.
func (s *Source) rentals(f func(*Source) bool) {
	for i := range s.Before {
		if !f(&s.Before[i]) {
			return
		}
	}
	f(s)
}

// since is the end of the rental before the current one, or no date.
func (s *Source) since() Date {
	if n := len(s.Before); n > 0 {
		return s.Before[n-1].Terminate
	}
	return 0
}

// Account is one employee as the arithmetic sees it.
type Account struct {
	// Employee, Customer and Reseller are ids.
	Employee, Customer, Reseller string
	// Currency is the customer's, and that of lines from when all ledgers had one;
	// ResellerCurrency the reseller's; PayerCurrencies those of other payers, by
	// id. Each is the policy's where it is empty (rule 4).
	Currency, ResellerCurrency string
	PayerCurrencies            map[string]string
	// Payers is the billing customer by day; an empty value or a day before the
	// first entry means Customer.
	Payers Timeline[string]
	// Ends is the day of deletion, the first day not billed, or 0.
	Ends Date
	// Sources are the user product and the addons, in any order.
	Sources []Source
	// Billed is what has been billed; nil is nothing.
	Billed *Billed
	// PeriodsMax raises the bound of rule 11 for an account that was released
	// with a higher one; 0 is the policy's.
	PeriodsMax int
}

// currency is the one currency of a ledger and payer (rule 4).
func (a *Account) currency(p *Policy, l Ledger, payer string) string {
	c := ""
	switch {
	case l == Reseller:
		c = a.ResellerCurrency
	case l == Customer && payer == a.Customer:
		c = a.Currency
	case l == Customer:
		c = a.PayerCurrencies[payer]
	}
	if c == "" {
		return p.Currency
	}
	return c
}
