package domain

import "slices"

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
