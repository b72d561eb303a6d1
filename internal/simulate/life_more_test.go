package simulate

import (
	"encoding/json"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// currencies are those of a life's parties, and the prices in them.
type currencies struct {
	reseller, payer string // of R1, empty: the policy's; and of the payer C2
	prices          map[string]map[string]*billing.Amount
}

func drawCurrencies(t *rapid.T) currencies {
	c := currencies{
		reseller: rapid.SampledFrom([]string{"", "EUR", "JPY"}).Draw(t, "reseller's currency"),
		payer:    rapid.SampledFrom([]string{"DKK", "KWD"}).Draw(t, "payer's currency"),
		prices:   map[string]map[string]*billing.Amount{},
	}
	for _, product := range []string{"P0", "P1", "P2", "P3", "U0", "U1", "U2", "R0", "R1"} {
		c.prices[product] = map[string]*billing.Amount{}
		for _, currency := range []string{"DKK", "KWD", "EUR", "JPY"} {
			price := billing.MustAmount(drawPrice.Draw(t, product+" in "+currency))
			c.prices[product][currency] = &price
		}
	}
	return c
}

// ratePlans are products that accounts have, and noPrice one that nothing is billed for.
var ratePlans = []string{"R0", "R1"}

const noPrice = "R2"

// put makes the parties and what the catalogue has for them.
func (c currencies) put(t require.TestingT, h *history) {
	record := func(kind, id string, decided ...events.Event) {
		require.NoError(t, h.record(domain.Stream(kind, id), decided...))
	}
	record(domain.KindReseller, "R1", events.ResellerPut{Currency: c.reseller})
	record(domain.KindCustomer, "C2", events.CustomerPut{Reseller: "R1", Currency: c.payer})
	record(domain.KindEmployee, employeeID, events.EmployeeUpdated{AccessLevel: "PERSONAL"})
	record(domain.KindCustomer, "C3", events.CustomerPut{Reseller: "R1", Features: []string{domain.FeaturePBX}})
	for i, id := range ratePlans {
		h.products[id] = &domain.Product{ID: id}
		record(domain.KindProduct, id, events.ProductPut{Type: "MVNO_RATEPLAN",
			Recurrence: []string{"MONTHLY", "QUARTERLY"}[i]})
		for _, ledger := range []billing.Ledger{billing.Customer, billing.Reseller, billing.Cost} {
			record(domain.KindProduct, id, events.PriceSet{Ledger: ledger, From: firstDay, Amount: c.prices[id]["DKK"]})
		}
	}
	h.products[noPrice] = &domain.Product{ID: noPrice}
	record(domain.KindProduct, noPrice, events.ProductPut{Type: "MVNO_RATEPLAN", Recurrence: "MONTHLY"})
	for id, prices := range c.prices {
		record(domain.KindProduct, id,
			events.PriceSet{Ledger: billing.Customer, From: firstDay, Amount: prices["KWD"], Currency: "KWD"},
			events.PriceSet{Ledger: billing.Reseller, From: firstDay, Amount: prices["EUR"], Currency: "EUR"},
			events.PriceSet{Ledger: billing.Reseller, From: firstDay, Amount: prices["JPY"], Currency: "JPY"})
	}
}

// arrears reports whether any policy bills in arrears, and calendar whether all follow the calendar.
func (l *life) arrears() bool {
	return l.any(func(p *billing.Policy) bool { return p.BillingMode == billing.InArrears })
}

func (l *life) calendar() bool {
	return !l.any(func(p *billing.Policy) bool { return p.Alignment != billing.Calendar })
}

func (l *life) any(is func(*billing.Policy) bool) bool {
	for i := range l.policies {
		if is(&l.policies[i]) {
			return true
		}
	}
	return false
}

// holding attaches an account, changes its rate plan or detaches it, and does the same with an extension.
func (l *life) holding() {
	plans := append([]string{noPrice}, ratePlans...)
	plan := plans[l.pick("rate plan", len(plans))]
	var c domain.Command
	switch l.pick("of an account", 7) {
	case 4, 5:
		c = domain.AssignExtension{ID: "x1", Product: domain.Some(plan)}
	case 6:
		c = domain.UnassignExtension{ID: "x1"}
	case 0, 1:
		c = domain.AttachMvnoAccount{ID: "m1", State: domain.Some("ACTIVE"), RatePlan: domain.Some(plan)}
	case 2:
		c = domain.ScheduleRatePlanChange{ID: "m1", NewRatePlan: domain.Some(plan)}
	default:
		c = domain.DetachMvnoAccount{ID: "m1"}
	}
	l.do(deed{command: c, on: moment{date: l.today}})
}

// leave deletes the employee, or takes that back.
func (l *life) leave(c *change) {
	c.op = "undelete"
	if l.chance("deleted", 60) {
		c.op, c.date = "deleteEmployee", l.near("deleted", 40, 200)
	}
}

// creditLine gives back a part of some charge.
func (l *life) creditLine() {
	var charges []int
	for i := range l.lines {
		if l.lines[i].Kind == billing.Charge && !l.lines[i].Manual {
			charges = append(charges, i)
		}
	}
	if len(charges) == 0 {
		return
	}
	share := billing.MustAmount(rapid.SampledFrom([]string{"0.1", "0.5", "1"}).Draw(l.T, "share"))
	l.do(deed{on: moment{date: l.today}, command: domain.CreditLine{
		OperatorRequest: domain.OperatorRequest{Reason: "goodwill"},
		Line:            l.lines[charges[l.pick("line", len(charges))]].ID, Share: &share,
	}})
}

// order decides a command as an ADMIN's; one that is refused changes nothing.
func (l *life) order(h *history, d deed) {
	require.NoError(l, h.advance(h.instant(d.on)))
	decided, err := h.employee.Decide(d.command, asAdmin(h.world))
	if _, refused := domain.AsRejection(err); refused {
		return
	}
	require.NoError(l, err)
	require.NoError(l, h.record(h.stream(), decided...))
	require.NoError(l, h.settle())
}

func asAdmin(w domain.World) domain.World {
	w.Actor = events.Actor{Employee: "a1", AccessLevel: "ADMIN"}
	return w
}

// sendBack sends the addons back as a reply shows them: nothing changes.
func (l *life) sendBack() {
	e := l.h.employee
	w := asAdmin(l.h.world)
	if e.State == domain.StateDeleted || e.Deletion != nil && e.Deletion.Started {
		return
	}
	list := []map[string]any{}
	for i := range e.Addons {
		s := &e.Addons[i]
		on := max(w.Today(), s.Start)
		units, _ := s.Units.At(on)
		product, _ := s.Products.At(s.Start)
		shown := map[string]any{"_id": s.ID, "product": product, "units": units, "start": s.Start}
		if price, ok := s.UnitPrice.At(on); ok && price != nil {
			shown["unitPrice"] = price
		}
		if s.Terminate != 0 {
			shown["terminate"] = s.Terminate
		}
		if until := e.InvoicedUntil(s.ID); until != 0 {
			shown["invoicedUntil"] = until
		}
		list = append(list, shown)
	}
	raw, err := json.Marshal(map[string]any{"addonProducts": list})
	require.NoError(l, err)
	c, err := domain.DecodeCommand("employee.update.v1", raw)
	require.NoError(l, err)
	decided, err := e.Decide(c, w)
	require.NoError(l, err, string(raw))
	require.Empty(l, decided, string(raw))
}
