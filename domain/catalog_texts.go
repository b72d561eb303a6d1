package domain

// texts finds those among named texts that are too long. Products, customers and resellers are in every worker's
// memory.
type texts []*Rejection

func (t *texts) check(path string, longest int, all ...string) {
	for _, text := range all {
		*t = append(*t, nonNil(checkText(path, text, longest, false))...)
	}
}

func (c PutCustomer) checkTexts() []*Rejection {
	var found texts
	found.check("name", nameMax, c.Name)
	found.check("features", nameMax, c.Features...)
	found.check("billingCustomers", nameMax, c.BillingCustomers...)
	found.check("organizationResellers", nameMax, c.OrganizationResellers...)
	found.check("greetings", nameMax, c.Greetings...)
	found.check("subscriptions", nameMax, c.Subscriptions...)
	for _, a := range c.Addresses {
		found.check("addresses._id", nameMax, a.ID)
		found.check("addresses.address", addressPartMax, a.Address)
		found.check("addresses.zip", nameMax, a.Zip)
		found.check("addresses.city", nameMax, a.City)
	}
	return found
}

func (c PutReseller) checkTexts() []*Rejection {
	var found texts
	found.check("name", nameMax, c.Name)
	found.check("parent", nameMax, c.Parent)
	found.check("company", nameMax, c.Company)
	found.check("subscriptions", nameMax, c.Subscriptions...)
	return found
}

func (c PutProduct) checkTexts() []*Rejection {
	var found texts
	found.check("name", nameMax, c.Name)
	found.check("productCode", nameMax, c.ProductCode)
	found.check("inheritFrom", nameMax, c.InheritFrom)
	found.check("inheritFromReseller", nameMax, c.InheritFromReseller)
	found.check("reseller", nameMax, c.Reseller)
	found.check("customer", nameMax, c.Customer)
	for _, included := range c.IncludedProducts {
		found.check("includedProducts._id", nameMax, included.Product)
	}
	return found
}
