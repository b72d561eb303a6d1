package domain

import (
	"slices"
)

// checkBillingCustomer lets the customer itself pay, and those that it is associated with.
func checkBillingCustomer(id, customer string, w World) *Rejection {
	own, known := w.Catalog.Customer(customer)
	if id == "" || id == customer || !known || slices.Contains(own.BillingCustomers, id) {
		return nil
	}
	return reject(statusConflict, "billingCustomer",
		"An employee can not be assigned a billing customer not assosciated with the employer's customer.")
}
