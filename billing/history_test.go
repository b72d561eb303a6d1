package billing

import (
	"fmt"
	"time"
)

// history is an account that changes and is billed: the state that the vectors
// and the properties drive.
type history struct {
	account Account
	catalog Products
	policy  *Policy
	lines   []Line // all lines so far
}

// day reads a local date, or an instant that becomes one in the policy's zone.
func (h *history) day(s string) Date {
	if s == "" {
		return 0
	}
	if len(s) == 10 {
		return MustDate(s)
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return DateOf(at, h.policy.Zone())
}

func newHistory(g vectorGiven, p *Policy) *history {
	h := &history{policy: p, catalog: Products{}}
	h.account = Account{
		Employee: "E1", Customer: g.Employee.Customer, Reseller: g.Employee.Reseller,
		Ends: h.day(g.Employee.DeleteDate), Billed: &Billed{},
	}
	if g.Employee.BillingCustomer != "" {
		h.account.Payers = Always(g.Employee.BillingCustomer)
	}
	for id, v := range g.Products {
		h.catalog[id] = v.product(id)
	}
	if e := g.Employee; e.Product != "" {
		start := h.day(e.ProductStart)
		h.account.Sources = append(h.account.Sources, Source{
			ID: ProductSource, Start: start, Products: Timeline[string]{{start, e.Product}},
			InvoicedUntil: h.day(e.ProductInvoicedUntil), InvoicedFrom: start,
		})
	}
	for _, a := range g.Addons {
		h.add(a)
	}
	return h
}

func (v vectorProduct) product(id string) *Product {
	p := &Product{
		ID: id, Recurrence: v.Recurrence, InheritFromReseller: v.InheritFromReseller,
		InheritFrom: v.InheritFrom, RecurrenceFullMonth: v.RecurrenceFullMonth,
	}
	for _, list := range []struct {
		to    *Timeline[*Amount]
		value *Amount
	}{{&p.Price, v.Price}, {&p.Wholesale, v.Wholesale}, {&p.Cost, v.Cost}} {
		if list.value != nil {
			*list.to = Always(list.value)
		}
	}
	for _, in := range v.IncludedProducts {
		p.Included = append(p.Included, Included{in.ID, in.Amount})
	}
	return p
}

func (h *history) add(a vectorAddon) {
	s := Source{
		ID: a.ID, Products: Always(a.Product), Start: h.day(a.Start), Terminate: h.day(a.Terminate),
		InvoicedUntil: h.day(a.InvoicedUntil), InvoicedFrom: h.day(a.Start),
	}
	if a.Units != nil {
		s.Units = Always(*a.Units)
	}
	if a.UnitPrice != nil {
		s.UnitPrice = Always(a.UnitPrice)
	}
	h.account.Sources = append(h.account.Sources, s)
}

// change applies one operation of the vectors.
func (h *history) change(c *vectorChange) {
	s := h.account.source(c.Addon)
	switch c.Op {
	case "terminate":
		s.Terminate = h.day(text(c.Date))
	case "setStart":
		s.Start = h.day(text(c.Date))
	case "addAddon":
		h.add(*c.New)
	case "update":
		h.update(s, c)
	case "billingCustomer":
		h.account.Payers = h.account.Payers.Set(h.day(c.Effective), text(c.To))
	case "deleteEmployee":
		h.account.Ends = h.day(text(c.Date))
	case "undelete":
		h.account.Ends = 0
	case "newProduct":
		h.newProduct(c)
	case "catalogPrice":
		h.catalogPrice(c)
	default:
		panic(fmt.Sprintf("unknown op %q", c.Op))
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (h *history) update(s *Source, c *vectorChange) {
	from := h.day(c.Effective)
	if c.Units != nil {
		if len(s.Units) == 0 {
			s.Units = Always(One)
		}
		s.Units = s.Units.Set(from, *c.Units)
	}
	switch {
	case c.UnitPrice == nil:
	case string(c.UnitPrice) == "null":
		s.UnitPrice = s.UnitPrice.Set(from, nil)
	default:
		var price Amount
		if err := price.UnmarshalJSON(c.UnitPrice); err != nil {
			panic(err)
		}
		s.UnitPrice = s.UnitPrice.Set(from, &price)
	}
}

// newProduct replaces the user product on the first of the next month; setting
// it again replaces what was planned.
func (h *history) newProduct(c *vectorChange) {
	s := h.account.source(ProductSource)
	today := h.day(c.CommandAt)
	s.Products = s.Products.Without(today)
	if c.Product != "" {
		s.Products = s.Products.Set(today.AddMonths(1, 1), c.Product)
	}
}

func (h *history) catalogPrice(c *vectorChange) {
	p := *h.catalog[c.Product]
	from := h.day(c.From)
	if c.Price != nil {
		p.Price = p.Price.Set(from, c.Price)
	}
	if c.Wholesale != nil {
		p.Wholesale = p.Wholesale.Set(from, c.Wholesale)
	}
	if c.Cost != nil {
		p.Cost = p.Cost.Set(from, c.Cost)
	}
	h.catalog[c.Product] = &p
}

// run bills the account by the day and folds the lines in.
func (h *history) run(asOf Date) ([]Line, error) {
	due, err := h.account.Due(h.catalog, h.policy, asOf)
	if err != nil {
		return nil, err
	}
	for _, l := range due.Lines {
		h.account.Billed.Apply(l)
	}
	h.lines = append(h.lines, due.Lines...)
	return due.Lines, nil
}
