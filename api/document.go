package api

import (
	"bytes"
	"encoding/json"
	"time"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/events"
	"tenure/projections"
)

// view is what one caller sees on one day.
type view struct {
	by      caller
	today   billing.Date
	catalog Catalog
}

func (h *handler) view(by caller) view {
	return view{by: by, today: billing.DateOf(h.Now(), h.Zone), catalog: h.catalog()}
}

// plainProperties are shown to everybody who may read the employee. What is not in a list here is not shown: a document
// may hold more than is published.
var plainProperties = []string{
	"name",
	"title",
	"department",
	"address",
	"language",
	"primaryContact",
	"emailAddress",
	"noEmail",
	"smsValidation",
	"smsNumber",
	"authenticatorValidation",
	"ipRestriction",
	"organizationResellers",
	"notifyOnGeneralUsageLimit",
	"notifyOnGeneralUsageLimitReseller",
	"notifyOnAccountErrorByEmail",
	"notifyOnAccountErrorBySms",
	"notifyOnNewMvnoAccountReseller",
	"notifyOnNewSipAccountReseller",
	"notifyOnNewPortingReseller",
	"subscriptions",
	"voicemail",
	"recording",
	"birthdate",
	"picture",
	"custom",
	"viewOtherPartyOverride",
	"features",
	"apiAccessFilter",
	"m2mOnly",
	"webauthnOnly",
	"ms365",
}

// document is an employee under the published names. What has no value is left out.
func (v view) document(e *projections.Employee) map[string]any {
	doc := v.properties(e)
	doc["_id"], doc["customer"], doc["accessLevel"], doc["state"] = e.ID, e.Customer, e.AccessLevel, e.State
	doc["mayImpersonate"] = v.by.may(access.Impersonate, v.catalog.target(e))
	if presence := projections.PublishedPresence(e.Presence); presence != nil {
		doc["presence"] = presence
	}
	if len(e.Auto) > 0 {
		doc["autoPresence"] = e.Auto
	}
	if product := e.ProductOn(v.today); product != "" {
		doc["product"] = v.product(product)
	}
	if e.NewProduct != nil {
		doc["newProduct"] = e.NewProduct.Product
	}
	if payer := e.PayerOn(v.today); payer != e.Customer {
		doc["billingCustomer"] = payer
	}
	if d := e.Deletion; d != nil {
		doc["deleteDate"] = instant(d.At)
		doc["deleteExtensions"], doc["deleteMvnoAccounts"] = d.DeleteExtensions, d.DeleteMvnoAccounts
	}
	if len(e.Addons) > 0 {
		doc["addonProducts"] = v.addons(e)
	}
	if len(e.Accounts) > 0 {
		doc["mvnoAccounts"] = v.accounts(e.Accounts)
	}
	return doc
}

func (v view) properties(e *projections.Employee) map[string]any {
	doc := make(map[string]any, len(plainProperties)/2)
	var all map[string]json.RawMessage
	if len(e.Properties) == 0 || json.Unmarshal(e.Properties, &all) != nil {
		return doc
	}
	for _, name := range plainProperties {
		v.set(doc, all, name)
	}
	if v.by.has(access.Reseller) {
		v.set(doc, all, "notes")
	}
	if v.by.is(e.ID) {
		v.set(doc, all, "shortcuts")
	}
	if raw, ok := doc["birthdate"].(json.RawMessage); ok {
		doc["birthdate"] = contract.PublishedDate(raw)
	}
	return doc
}

// set copies a property that has a value.
func (view) set(doc map[string]any, all map[string]json.RawMessage, name string) {
	if raw, ok := all[name]; ok && !isEmpty(raw) {
		doc[name] = raw
	}
}

// isEmpty reports whether JSON holds no value.
func isEmpty(raw json.RawMessage) bool {
	switch string(bytes.TrimSpace(raw)) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// instant writes an instant as it is published.
func instant(t time.Time) string { return t.UTC().Format(contract.InstantForm) }

func (v view) addons(e *projections.Employee) []map[string]any {
	list := make([]map[string]any, len(e.Addons))
	for i := range e.Addons {
		a := &e.Addons[i]
		on := max(v.today, a.Start) // an addon that has not begun is shown as it will begin
		doc := map[string]any{"_id": a.ID, "product": a.Product, "units": number(a.UnitsOn(on)), "start": a.Start}
		setText(doc, "name", a.Name)
		setText(doc, "description", a.Description)
		if price := a.UnitPriceOn(on); price != nil {
			doc["unitPrice"] = number(*price)
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

func (v view) accounts(accounts []events.MvnoAccount) []map[string]any {
	list := make([]map[string]any, len(accounts))
	for i := range accounts {
		list[i] = v.account(&accounts[i])
	}
	return list
}

func (v view) account(a *events.MvnoAccount) map[string]any {
	doc := map[string]any{"_id": a.ID, "info": map[string]bool{"updating": a.Updating}}
	setText(doc, "number", a.Number)
	setText(doc, "name", a.Name)
	setText(doc, "numberState", a.NumberState)
	setText(doc, "state", a.State)
	setText(doc, "ratePlan", a.RatePlan)
	setText(doc, "ratePlanName", v.productName(a.RatePlan))
	setText(doc, "newRatePlan", a.NewRatePlan)
	setText(doc, "newRatePlanName", v.productName(a.NewRatePlan))
	if a.PBX != 0 {
		doc["pbx"] = a.PBX
	}
	if a.Sim.Network != "" {
		doc["mvnoSim"] = a.Sim
	}
	return doc
}

func setText(doc map[string]any, name, value string) {
	if value != "" {
		doc[name] = value
	}
}

// number publishes an amount as the pages do: as a JSON number, with all its digits.
func number(a billing.Amount) json.Number { return json.Number(a.String()) }
