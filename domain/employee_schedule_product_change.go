package domain

import (
	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// ScheduleProductChange is employee.schedule_product_change: another product from the first of next month; null
// withdraws the one that is scheduled. What must hold on that day is checked now, and again when it comes.
type ScheduleProductChange struct {
	NewProduct Optional[string] `json:"newProduct"`
}

// Kind is employee.
func (ScheduleProductChange) Kind() string { return KindEmployee }

// Operation is change terms.
func (ScheduleProductChange) Operation() access.Operation { return access.ChangeTerms }

func (c ScheduleProductChange) decide(e *Employee, w World) ([]events.Event, error) {
	if !c.NewProduct.given {
		return nil, invalid("newProduct", "is required: a product, or null to withdraw the change")
	}
	if refused := c.NewProduct.notEmpty("newProduct"); refused != nil {
		return nil, refused
	}
	product := CanonicalID(c.NewProduct.or(""))
	if product == "" {
		if e.NewProduct == nil {
			return nil, nil
		}
		return []events.Event{events.ProductChangeCancelled{}}, nil
	}
	from := firstOfNextMonth(w.Today())
	if err := checkProduct(product, e.Customer, from, w); err != nil {
		return nil, err
	}
	if e.NewProduct != nil && *e.NewProduct == (ProductChange{Product: product, From: from}) {
		return nil, nil
	}
	return []events.Event{events.ProductChangeScheduled{Product: product, From: from}}, nil
}

func firstOfNextMonth(d billing.Date) billing.Date {
	return d.AddMonths(1, 1)
}
