package simulate

import (
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// operations are the changes of a case, by op.
var operations = map[string]operation{
	"terminate": {known: []string{"addon", "date"}, needed: []string{"addon", "date"}, apply: (*history).terminate},
	"setStart":  {known: []string{"addon", "date"}, needed: []string{"addon", "date"}, apply: (*history).setStart},
	"addAddon":  {known: []string{"addon"}, needed: []string{"addon"}, apply: (*history).addAddon},
	"update": {
		known: []string{"addon", "effective", "units", "unitPrice"}, needed: []string{"addon"}, dated: "effective",
		apply: (*history).update,
	},
	"billingCustomer": {
		known: []string{"effective", "to"}, needed: []string{"to"}, dated: "effective", apply: (*history).billingCustomer,
	},
	"deleteEmployee": {known: []string{"date"}, needed: []string{"date"}, apply: (*history).deleteEmployee},
	"undelete":       {apply: (*history).undelete},
	"newProduct": {
		known: []string{"product", "commandAt"}, needed: []string{"product"}, dated: "commandAt",
		apply: (*history).newProduct,
	},
	"catalogPrice": {
		known: []string{"product", "from", "price", "wholesale", "cost"}, needed: []string{"product"}, dated: "from",
		apply: (*history).catalogPrice,
	},
}

// change applies one operation. A refusal gives the code that its command would be refused with.
func (h *history) change(c change) (refused string, err error) {
	if refused, err = operations[c.op].apply(h, c); err != nil {
		return "", err
	}
	return refused, h.settle()
}

func (h *history) day(m moment) billing.Date { return m.day(h.world.Policy.Zone()) }

// dated is the day of a property, or of the change itself.
func (h *history) dated(m moment, c change) billing.Date {
	if m.none() {
		m = c.on
	}
	return h.day(m)
}

// missing gives the refusal of a change to an addon that it does not have; empty where it has it.
func (h *history) missing(id string) (string, error) {
	if slices.ContainsFunc(h.employee.Addons, func(s billing.Source) bool { return s.ID == id }) {
		return "", nil
	}
	return h.refusalOf(domain.TerminateAddon{ID: id, Terminate: domain.On(firstDay)})
}

// refusalOf asks domain for the code of a refusal that is certain.
func (h *history) refusalOf(c domain.Command) (string, error) {
	_, err := h.employee.Decide(c, h.world)
	if err == nil {
		err = errNotRefused
	}
	return refusal(err)
}

func (h *history) terminate(c change) (string, error) {
	if code, err := h.missing(c.addon); code != "" || err != nil {
		return code, err
	}
	return "", h.record(h.stream(), events.AddonTerminated{ID: c.addon, Terminate: h.day(c.date)})
}

func (h *history) setStart(c change) (string, error) {
	if code, err := h.missing(c.addon); code != "" || err != nil {
		return code, err
	}
	return "", h.record(h.stream(), events.AddonUpdated{ID: c.addon, Start: h.day(c.date)})
}

func (h *history) update(c change) (string, error) {
	if code, err := h.missing(c.addon); code != "" || err != nil {
		return code, err
	}
	return "", h.record(h.stream(), events.AddonUpdated{
		ID: c.addon, Effective: h.dated(c.effective, c), Units: c.units, UnitPrice: c.unitPrice,
		ClearUnitPrice: c.clearsPrice,
	})
}

func (h *history) addAddon(c change) (string, error) {
	if slices.ContainsFunc(h.employee.Addons, func(s billing.Source) bool { return s.ID == c.added.id }) {
		return h.refusalOf(domain.AddAddon{AddonTerms: domain.AddonTerms{ID: c.added.id, Product: c.added.product}})
	}
	return "", h.record(h.stream(), c.added.event(h.world.Policy.Zone()))
}

func (h *history) billingCustomer(c change) (string, error) {
	return "", h.record(h.stream(), events.BillingCustomerChanged{
		Effective: h.dated(c.effective, c), BillingCustomer: c.to,
	})
}

func (h *history) deleteEmployee(c change) (string, error) {
	return "", h.record(h.stream(), h.deletion(c.date))
}

// undelete withdraws its deletion. Commands can do that until it has happened; cases do it afterwards too, and mean
// that it was never deleted.
func (h *history) undelete(change) (string, error) {
	if h.employee.Deletion == nil {
		return "", nil
	}
	out := []events.Event{events.DeletionCancelled{}}
	if h.employee.State == domain.StateDeleted {
		out = append(out, events.EmployeeUpdated{State: domain.StateEnabled})
	}
	return "", h.record(h.stream(), out...)
}

// newProduct is the command itself, decided at its instant: from the first of next month, null withdraws.
func (h *history) newProduct(c change) (string, error) {
	at := c.commandAt
	if at.none() {
		at = c.on
	}
	if err := h.advance(h.instant(at)); err != nil {
		return "", err
	}
	w := h.world
	w.Now = h.instant(at) // a case may tell of it later than it was given
	product := domain.Some(c.product)
	if c.product == "" {
		product = domain.Null[string]()
	}
	decided, err := h.employee.Decide(domain.ScheduleProductChange{NewProduct: product}, w)
	if err != nil {
		return refusal(err)
	}
	return "", h.record(h.stream(), decided...)
}

// catalogPrice sets the prices that are given, each as a command to the catalogue. A refused one takes none of the
// others back: it comes from the same object, so it is looked for first.
func (h *history) catalogPrice(c change) (string, error) {
	product, ok := h.products[c.product]
	if !ok {
		product = &domain.Product{ID: c.product}
	}
	var decided []events.Event
	for _, price := range []struct {
		ledger billing.Ledger
		amount *billing.Amount
	}{{billing.Customer, c.price}, {billing.Reseller, c.wholesale}, {billing.Cost, c.cost}} {
		if price.amount == nil {
			continue
		}
		command := domain.SetPrice{
			Ledger: price.ledger, Amount: domain.Some(*price.amount),
			Effective: domain.DateOnly{Day: domain.On(h.dated(c.from, c))},
		}
		set, err := product.Decide(command, h.world)
		if err != nil {
			return refusal(err)
		}
		decided = append(decided, set...)
	}
	return "", h.record(domain.Stream(domain.KindProduct, c.product), decided...)
}
