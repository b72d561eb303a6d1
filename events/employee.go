package events

import (
	"encoding/json"

	"tenure/billing"
)

// Attributes are properties that are mostly only shown, by their published names; null clears one.
type Attributes map[string]json.RawMessage

// EmployeeCreated begins an employee. Number is its stable integer across all three APIs.
type EmployeeCreated struct {
	Number      int64        `json:"number"`
	Customer    string       `json:"customer"`
	Reseller    string       `json:"reseller"`
	Currency    string       `json:"currency"`
	AccessLevel string       `json:"accessLevel"`
	State       string       `json:"state"`
	On          billing.Date `json:"on"` // the local day of creation
	Attributes  Attributes   `json:"attributes,omitempty"`
	Personal    Attributes   `json:"personal,omitempty"`
	Secrets     Attributes   `json:"secrets,omitempty"` // hashed or sealed; no read model keeps them
}

// EventType is employee.created.v1.
func (EmployeeCreated) EventType() string { return "employee.created.v1" }

// EmployeeUpdated changes properties; those not named stay.
type EmployeeUpdated struct {
	AccessLevel string     `json:"accessLevel,omitempty"` // empty: unchanged
	State       string     `json:"state,omitempty"`       // empty: unchanged
	Attributes  Attributes `json:"attributes,omitempty"`
	Personal    Attributes `json:"personal,omitempty"`
	Secrets     Attributes `json:"secrets,omitempty"` // hashed or sealed; no read model keeps them
}

// EventType is employee.updated.v1.
func (EmployeeUpdated) EventType() string { return "employee.updated.v1" }

// EmployeeMoved gives the employee to another customer of the same reseller, who pays from a local day on. The days
// before it are the former customer's for good.
type EmployeeMoved struct {
	Customer        string       `json:"customer"`
	Effective       billing.Date `json:"effective"`
	BillingCustomer string       `json:"billingCustomer,omitempty"` // from that day on; empty: the new customer itself
}

// EventType is employee.moved.v1.
func (EmployeeMoved) EventType() string { return "employee.moved.v1" }

// Payers are who pays after the move, of who paid before it: where the employee's own customer did, it is named.
func (m EmployeeMoved) Payers(before billing.Timeline[string], former string) billing.Timeline[string] {
	after := billing.Always(former)
	for _, entry := range before.Without(m.Effective) {
		payer := entry.Value
		if payer == "" {
			payer = former
		}
		after = after.Set(entry.From, payer)
	}
	return after.Set(m.Effective, m.BillingCustomer)
}

// BillingCustomerChanged names who pays from a local day on; empty: its own customer again.
type BillingCustomerChanged struct {
	Effective       billing.Date `json:"effective"`
	BillingCustomer string       `json:"billingCustomer"`
}

// EventType is employee.billing_customer_changed.v1.
func (BillingCustomerChanged) EventType() string { return "employee.billing_customer_changed.v1" }

// ProductAssigned makes a product its PBX user product from a local day on. InvoicedUntil is the last day that was
// billed by another system before (rule 15).
type ProductAssigned struct {
	Product       string       `json:"product"`
	From          billing.Date `json:"from"`
	InvoicedUntil billing.Date `json:"invoicedUntil,omitempty"`
}

// EventType is employee.product_assigned.v1.
func (ProductAssigned) EventType() string { return "employee.product_assigned.v1" }

// ProductChangeScheduled replaces its product at local midnight of From, a first of a month.
type ProductChangeScheduled struct {
	Product string       `json:"product"`
	From    billing.Date `json:"from"`
}

// EventType is employee.product_change_scheduled.v1.
func (ProductChangeScheduled) EventType() string { return "employee.product_change_scheduled.v1" }

// ProductChangeCancelled withdraws a scheduled change before it happens.
type ProductChangeCancelled struct{}

// EventType is employee.product_change_cancelled.v1.
func (ProductChangeCancelled) EventType() string { return "employee.product_change_cancelled.v1" }

// ProductChangeDropped says that a scheduled change did not happen when its time came, and why.
type ProductChangeDropped struct {
	Product string `json:"product"`
	Reason  string `json:"reason"` // DELETION, PRODUCT, FEATURE
}

// EventType is employee.product_change_dropped.v1.
func (ProductChangeDropped) EventType() string { return "employee.product_change_dropped.v1" }

// Addon is an extra product of an employee as it was added. Dates are local days; InvoicedUntil is inclusive.
type Addon struct {
	ID            string          `json:"_id"`
	Product       string          `json:"product"`
	Name          string          `json:"name,omitempty"`
	Description   string          `json:"description,omitempty"`
	Units         billing.Amount  `json:"units"`
	UnitPrice     *billing.Amount `json:"unitPrice,omitempty"` // per month, customer's currency; absent: the catalog's
	Start         billing.Date    `json:"start"`
	Terminate     billing.Date    `json:"terminate,omitempty"` // first day not billed
	InvoicedUntil billing.Date    `json:"invoicedUntil,omitempty"`
}

// AddonAdded begins an addon.
type AddonAdded struct {
	Addon Addon `json:"addon"`
}

// EventType is employee.addon_added.v1.
func (AddonAdded) EventType() string { return "employee.addon_added.v1" }

// AddonUpdated changes terms of an addon from a local day on; fields that are absent stay.
type AddonUpdated struct {
	ID             string          `json:"_id"`
	Effective      billing.Date    `json:"effective"`
	Units          *billing.Amount `json:"units,omitempty"`
	UnitPrice      *billing.Amount `json:"unitPrice,omitempty"`
	ClearUnitPrice bool            `json:"clearUnitPrice,omitempty"` // back to the catalog's price
	Start          billing.Date    `json:"start,omitempty"`
	Name           *string         `json:"name,omitempty"`
	Description    *string         `json:"description,omitempty"`
	InvoicedUntil  billing.Date    `json:"invoicedUntil,omitempty"` // 0: as it was
}

// EventType is employee.addon_updated.v1.
func (AddonUpdated) EventType() string { return "employee.addon_updated.v1" }

// AddonTerminated ends an addon: Terminate is the first day not billed; none: it continues.
type AddonTerminated struct {
	ID        string       `json:"_id"`
	Terminate billing.Date `json:"terminate,omitempty"`
}

// EventType is employee.addon_terminated.v1.
func (AddonTerminated) EventType() string { return "employee.addon_terminated.v1" }
