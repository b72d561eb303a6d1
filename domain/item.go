package domain

import "tenure/billing"

// Item is what an invoice shows of the product of a line: its own or its nearest ancestor's code, name and unit.
func (c *Catalog) Item(l *billing.Line) billing.Item {
	return billing.Item{
		Code:     inherited(c, l.Product, func(p *CatalogProduct) string { return p.Code }),
		Name:     inherited(c, l.Product, func(p *CatalogProduct) string { return p.Name }),
		UnitCode: billing.UnitCode(l.Recurrence, inherited(c, l.Product, func(p *CatalogProduct) string { return p.Unit })),
	}
}
