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

// currencyOfReseller is a reseller's currency, else the policy's.
func (w World) currencyOfReseller(id string) string {
	reseller, _ := w.Catalog.Reseller(id)
	return or(reseller.Currency, w.Policy.Currency)
}

// payerCurrencies are the currencies of its payers besides its own customer; nil where there are none.
func (e *Employee) payerCurrencies(w World) map[string]string {
	var out map[string]string
	for _, entry := range e.Payers {
		payer := entry.Value
		if payer == "" || payer == e.Customer || out[payer] != "" {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		customer, _ := w.Catalog.Customer(payer)
		out[payer] = w.currencyOf(customer)
	}
	return out
}

// keepsCurrency refuses another currency than the one that lines are in. Nothing here knows whether there are employees
// yet, so it holds from the first time on (rule 4).
func keepsCurrency(before, after string) []*Rejection {
	if before == after {
		return nil
	}
	return []*Rejection{reject(statusConflict, "currency", "The currency stays "+before+": lines and prices are in it")}
}
