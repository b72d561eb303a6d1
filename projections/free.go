package projections

import (
	"context"
	"errors"
	"fmt"

	"tenure/billing"
)

// FreeRow is a range of days on which the user product includes units of an addon (rule 20). It stands beside the lines
// of a document for a reader who asks for included products; it is no line, and its amount is none.
type FreeRow struct {
	Employee    string         `json:"employee"`
	Source      string         `json:"source"`
	Product     string         `json:"product"`
	Name        string         `json:"name,omitempty"` // the addon's own
	From        billing.Date   `json:"from"`
	ToInclusive billing.Date   `json:"toInclusive"`
	Quantity    billing.Amount `json:"quantity"` // units that are included
	Amount      string         `json:"amount"`   // 0, with the currency's decimals
	Currency    string         `json:"currency"`
}

// FreeRows are the included units on the days of the charges of user products among lines, as the employees are now.
func FreeRows(ctx context.Context, db Database, lines []Line, catalog billing.Catalog, p *billing.Policy) ([]FreeRow,
	error) {
	rows := []FreeRow{}
	for i := range lines {
		l := &lines[i].Line
		if l.Source != billing.ProductSource || l.Kind != billing.Charge {
			continue
		}
		e, known, err := EmployeeByID(ctx, db, l.Employee)
		if err != nil {
			return nil, err
		}
		if !known {
			continue
		}
		account := e.Account()
		free, err := account.FreeUnits(catalog, p, l.Period)
		var held *billing.Held
		if errors.As(err, &held) {
			continue // a price is missing now: what is included cannot be told
		}
		if err != nil {
			return nil, fmt.Errorf("projections: included units of %s: %w", l.Employee, err)
		}
		for _, f := range free {
			rows = append(rows, FreeRow{
				Employee: l.Employee, Source: f.Source, Product: f.Product, Name: e.addonName(f.Source),
				From: f.Period.From, ToInclusive: billing.Inclusive(f.Period.To), Quantity: f.Units,
				Amount: billing.Amount{}.StringFixed(int(l.Scale)), Currency: l.Currency,
			})
		}
	}
	return rows, nil
}

func (e *Employee) addonName(id string) string {
	for i := range e.Addons {
		if e.Addons[i].ID == id {
			return e.Addons[i].Name
		}
	}
	return ""
}

// Account is what billing reads of what the employee has, without what was billed.
func (e *Employee) Account() billing.Account {
	a := billing.Account{Employee: e.ID, Customer: e.Customer, Reseller: e.Reseller, Currency: e.Currency,
		Payers: e.Payers}
	if len(e.Products) > 0 {
		a.Sources = append(a.Sources, billing.Source{ID: billing.ProductSource, Products: e.Products})
	}
	for i := range e.Addons {
		addon := &e.Addons[i]
		a.Sources = append(a.Sources, billing.Source{
			ID: addon.ID, Products: billing.Always(addon.Product), Start: addon.Start, Terminate: addon.Terminate,
			Units: addon.Units, UnitPrice: addon.UnitPrice,
		})
	}
	if e.Deletion != nil {
		a.Ends = e.Deletion.Date
	}
	return a
}
