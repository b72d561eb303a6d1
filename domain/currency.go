package domain

import (
	"strings"

	"tenure/events"
)

// checkCurrency takes the code of a currency, or none: then the reseller's, or the policy's, holds.
func checkCurrency(code string) *Rejection {
	if code == "" || isCode(code, 3) {
		return nil
	}
	return invalid("currency", "must be an ISO 4217 code of three letters")
}

// currencyOf is what its lines are in for good: its customer's currency, else its reseller's, else the policy's. It is
// kept with the employee, since a credit must be in the currency of its charge whatever is put later.
func (w World) currencyOf(customer events.CustomerPut) string {
	reseller, _ := w.Catalog.Reseller(customer.Reseller)
	return or(customer.Currency, or(reseller.Currency, w.Policy.Currency))
}

// isCode reports whether a text is so many capital letters.
func isCode(text string, letters int) bool {
	return len(text) == letters && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
