package domain

import (
	"slices"

	"tenure/billing"
)

// CompanyOf returns the reseller whose own company a customer is; empty: none.
func (c *Catalog) CompanyOf(customer string) string { return c.companyOf(customer) }

// CompaniesOf lists the own companies of a reseller and of all resellers below it, in order.
func (c *Catalog) CompaniesOf(reseller string) []string {
	var all []string
	for company, of := range c.companies {
		if reseller != "" && (of == reseller || slices.Contains(c.parentsOf(of), reseller)) {
			all = append(all, company)
		}
	}
	slices.Sort(all)
	return all
}

// Offered lists the products that the caller may assign to an employee of a customer on a day, in order of their ids.
func (w World) Offered(customer string, on billing.Date) []string {
	var all []string
	for id := range w.Catalog.products {
		if w.assignable(id, customer, on) {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return all
}
