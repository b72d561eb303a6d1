package api

import (
	"tenure/access"
	"tenure/billing"
	"tenure/domain"
)

// ancestorsMax bounds the products on the way up; more are a cycle.
const ancestorsMax = 16

// inherited gives a field of a product, its own or the nearest ancestor's: the reseller's line first and the master's
// after it, as for prices. It is the zero value where none has one.
func inherited[T any](c Catalog, id string, field func(*domain.CatalogProduct) (T, bool)) (found T, ok bool) {
	waiting := []string{id}
	for seen := 0; len(waiting) > 0 && seen < ancestorsMax; seen++ {
		next := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		p, known := c.Find(next)
		if !known {
			continue
		}
		if v, ok := field(p); ok {
			return v, true
		}
		for _, parent := range [...]string{p.InheritFrom, p.InheritFromReseller} {
			if parent != "" {
				waiting = append(waiting, parent)
			}
		}
	}
	return found, false
}

// inheritedText gives a text of a product, empty where none has one.
func inheritedText(c Catalog, id string, field func(*domain.CatalogProduct) string) string {
	text, _ := inherited(c, id, func(p *domain.CatalogProduct) (string, bool) { return field(p), field(p) != "" })
	return text
}

// product is a product as an employee shows it: whole, with what it inherits, and the prices that the caller may see. A
// product that the catalogue does not know has its id only.
func (v view) product(id string) map[string]any {
	doc := map[string]any{"_id": id}
	c := v.catalog
	setText(doc, "type", inheritedText(c, id, func(p *domain.CatalogProduct) string { return p.Type }))
	setText(doc, "productCode", inheritedText(c, id, func(p *domain.CatalogProduct) string { return p.Code }))
	setText(doc, "name", v.productName(id))
	setText(doc, "unitType", inheritedText(c, id, func(p *domain.CatalogProduct) string { return p.Unit }))
	setText(doc, "recurrence", inheritedText(c, id, func(p *domain.CatalogProduct) string { return string(p.Recurrence) }))
	setDate(doc, "start", c, id, func(p *domain.CatalogProduct) billing.Date { return p.Start })
	setDate(doc, "end", c, id, func(p *domain.CatalogProduct) billing.Date { return p.End })
	if own, ok := c.Find(id); ok {
		setText(doc, "inheritFromReseller", own.InheritFromReseller)
	}
	if list, ok := inherited(
		c,
		id,
		func(p *domain.CatalogProduct) ([]billing.Included, bool) { return p.Included, len(p.Included) > 0 },
	); ok {
		included := make([]map[string]any, len(list))
		for i, item := range list {
			included[i] = map[string]any{"_id": item.Product, "amount": number(item.Amount)}
		}
		doc["includedProducts"] = included
	}
	v.setPrice(doc, "price", id, func(p *domain.CatalogProduct) billing.Timeline[*billing.Amount] { return p.Price })
	if v.by.has(access.Reseller) {
		v.setPrice(
			doc,
			"wholesale",
			id,
			func(p *domain.CatalogProduct) billing.Timeline[*billing.Amount] { return p.Wholesale },
		)
	}
	if v.by.has(access.ResellerAdmin) {
		v.setPrice(doc, "cost", id, func(p *domain.CatalogProduct) billing.Timeline[*billing.Amount] { return p.Cost })
	}
	return doc
}

func (v view) productName(id string) string {
	if id == "" {
		return ""
	}
	return inheritedText(v.catalog, id, func(p *domain.CatalogProduct) string { return p.Name })
}

func setDate(doc map[string]any, name string, c Catalog, id string, field func(*domain.CatalogProduct) billing.Date) {
	day, ok := inherited(c, id, func(p *domain.CatalogProduct) (billing.Date, bool) { return field(p), field(p) != 0 })
	if ok {
		doc[name] = instant(day.Time())
	}
}

// setPrice puts the price that holds today.
func (v view) setPrice(
	doc map[string]any,
	name, id string,
	list func(*domain.CatalogProduct) billing.Timeline[*billing.Amount],
) {
	price, ok := inherited(v.catalog, id, func(p *domain.CatalogProduct) (*billing.Amount, bool) {
		amount, _ := list(p).At(v.today)
		return amount, amount != nil
	})
	if ok {
		doc[name] = number(*price)
	}
}
