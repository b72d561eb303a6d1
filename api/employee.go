package api

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"tenure/billing"
	"tenure/events"
	"tenure/projections"
)

// idForm is an id as published: 24 hexadecimal characters, in either case.
var idForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

func (h handler) employee(w http.ResponseWriter, r *http.Request) {
	by, refusal := h.caller(r)
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	id := strings.ToLower(r.PathValue("id"))
	if !idForm.MatchString(id) {
		refuse(w, errEmployee)
		return
	}
	e, ok, err := projections.EmployeeByID(r.Context(), h.Database, id)
	if err != nil {
		h.Log.Error("api: reading an employee", "error", err)
		refuse(w, errInternal)
		return
	}
	if !ok || e.State == "DELETED" {
		e = projections.Employee{} // whoever may see nothing is told the same as for an id that never was
		refusal = errEmployee
	}
	if denied := refusalToRead(by, e.Customer, e.Reseller); denied != nil {
		refusal = denied
	}
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	answer(w, http.StatusOK, h.document(e, by))
}

// document is an employee under the published names. What has no value is left out.
func (h handler) document(e projections.Employee, by events.Actor) map[string]any {
	today := billing.DateOf(h.Now(), h.Zone)
	doc := map[string]any{}
	var properties map[string]json.RawMessage
	if json.Unmarshal(e.Properties, &properties) == nil {
		for name, raw := range properties {
			if name != "notes" || seesNotes(by) {
				doc[name] = raw
			}
		}
	}
	doc["_id"], doc["customer"], doc["accessLevel"], doc["state"] = e.ID, e.Customer, e.AccessLevel, e.State
	if product := e.ProductOn(today); product != "" {
		doc["product"] = map[string]string{"_id": product}
	}
	if e.NewProduct != nil {
		doc["newProduct"] = e.NewProduct.Product
	}
	if payer := e.PayerOn(today); payer != e.Customer {
		doc["billingCustomer"] = payer
	}
	if d := e.Deletion; d != nil {
		doc["deleteDate"] = d.At.UTC().Format(instantForm)
		doc["deleteExtensions"], doc["deleteMvnoAccounts"] = d.DeleteExtensions, d.DeleteMvnoAccounts
	}
	if len(e.Addons) > 0 {
		doc["addonProducts"] = addonDocuments(&e, today)
	}
	if len(e.Accounts) > 0 {
		doc["mvnoAccounts"] = e.Accounts
	}
	return doc
}

// instantForm is RFC 3339 with milliseconds, in UTC.
const instantForm = "2006-01-02T15:04:05.000Z07:00"

// seesNotes tells whether notes are shown to a caller.
func seesNotes(by events.Actor) bool {
	return by.AccessLevel == "RESELLER" || by.AccessLevel == "RESELLER_ADMIN" || by.AccessLevel == "ADMIN"
}

func addonDocuments(e *projections.Employee, today billing.Date) []map[string]any {
	list := make([]map[string]any, len(e.Addons))
	for i := range e.Addons {
		a := &e.Addons[i]
		on := max(today, a.Start) // an addon that has not begun is shown as it will begin
		doc := map[string]any{"_id": a.ID, "product": a.Product, "units": json.Number(a.UnitsOn(on).String()), "start": a.Start}
		setText(doc, "name", a.Name)
		setText(doc, "description", a.Description)
		if price := a.UnitPriceOn(on); price != nil {
			doc["unitPrice"] = json.Number(price.String())
		}
		if a.Terminate != 0 {
			doc["terminate"] = a.Terminate
		}
		if until := e.InvoicedUntil(a.ID); until != 0 {
			doc["invoicedUntil"] = until
		}
		list[i] = doc
	}
	return list
}

func setText(doc map[string]any, name, value string) {
	if value != "" {
		doc[name] = value
	}
}
