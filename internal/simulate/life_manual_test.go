package simulate

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
)

// playWithOrders is play with what operators order beside the rules: partial credits, voided lines, ratings again,
// adjustments, holds, and with another customer. No history without the lines that are named can have it.
func (l *life) playWithOrders(check func(billed)) {
	for range 1 + l.pick("steps", 15) {
		switch kind := l.pick("step", 10); {
		case kind < 4:
			check(l.night())
		case kind < 8:
			l.change()
		case kind < 9:
			l.creditLine()
		default:
			l.do(deed{command: l.drawOrder(), on: moment{date: l.today}})
		}
	}
}

// drawOrder is what an operator orders of the employee, or another customer for it.
func (l *life) drawOrder() domain.Command {
	why := domain.OperatorRequest{Reason: "as agreed"}
	switch l.pick("order", 7) {
	case 0:
		if len(l.lines) > 0 && !l.wholeLedgers {
			return domain.VoidLine{OperatorRequest: why, Line: l.lines[l.pick("voided", len(l.lines))].ID}
		}
	case 1:
		sources := append([]string{billing.ProductSource}, l.addons...)
		from := l.near("rated from", 200, 60).date
		return domain.RerateBilling{OperatorRequest: why, Source: sources[l.pick("rated", len(sources))],
			From: domain.On(from), To: domain.On(from.AddDays(l.pick("rated days", 200)))}
	case 2:
		return domain.HoldBilling{OperatorRequest: why}
	case 3, 4:
		return domain.ReleaseBilling{OperatorRequest: why}
	case 5:
		to := []string{"C1", "C3"}[l.pick("moved to", 2)]
		return l.update(map[string]any{"customer": to, "effective": l.near("moved from", 40, 0).date})
	}
	return domain.AdjustBilling{OperatorRequest: why, Product: "P0", Amount: *l.amount(drawOwn, "adjusted")}
}

// relist sends a list of addons in which some are left out, which ends them, and some have another start.
func (l *life) relist() domain.Command {
	list := []map[string]any{}
	for i := range l.h.employee.Addons {
		if !l.chance("listed", 70) {
			continue
		}
		one := map[string]any{"_id": l.h.employee.Addons[i].ID}
		if l.calendar() && l.chance("start listed", 20) {
			one["start"] = l.near("start", 60, 60).date
		}
		list = append(list, one)
	}
	return l.update(map[string]any{"addonProducts": list})
}

func (l *life) update(properties map[string]any) domain.Command {
	raw, err := json.Marshal(properties)
	require.NoError(l, err)
	c, err := domain.DecodeCommand("employee.update.v1", raw)
	require.NoError(l, err, string(raw))
	return c
}

// rentAgain adds an addon again: one that has ended, where there is one.
func (l *life) rentAgain() domain.Command {
	addons := l.h.employee.Addons
	i := l.pick("rented again", len(addons))
	for range addons {
		if addons[i].Terminate != 0 && addons[i].Terminate <= l.today {
			break
		}
		i = (i + 1) % len(addons)
	}
	held := &addons[i]
	product, _ := held.Products.At(held.Start)
	start := max(held.Terminate, l.today.AddDays(-60)).AddDays(l.pick("second start", 90))
	return domain.AddAddon{AddonTerms: domain.AddonTerms{ID: held.ID, Product: product, Start: domain.On(start)}}
}

// setStart moves the start of an addon; false where it may not be: the anchor that was billed is kept, while one that
// was not moves with the start.
func (l *life) setStart(c *change) bool {
	c.op, c.date = "setStart", l.near("start moved", 90, 60)
	return l.calendar() && l.rentedBefore(c.addon) <= c.date.date
}

// rentedBefore is the end of the rental before an addon's current one, which it cannot begin in; 0: it has none.
func (l *life) rentedBefore(addon string) billing.Date {
	for i := range l.h.employee.Addons {
		if held := &l.h.employee.Addons[i]; held.ID == addon && len(held.Before) > 0 {
			return held.Before[len(held.Before)-1].Terminate
		}
	}
	return 0
}
