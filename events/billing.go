package events

import "tenure/billing"

// EmployeeInvoiced holds the lines that one run made for her, of all ledgers. It never leaves the log as a whole: each
// ledger's lines go to that ledger's topic, and employee.events gets Coverage without amounts.
type EmployeeInvoiced struct {
	Run     string           `json:"run"`
	AsOf    billing.Date     `json:"asOf"`
	Lines   []billing.Line   `json:"lines"`
	Reviews []billing.Review `json:"reviews,omitempty"`
}

// EventType is employee.invoiced.v1.
func (EmployeeInvoiced) EventType() string { return "employee.invoiced.v1" }

// BillingHeld says that she cannot be billed and why; every run tries again.
type BillingHeld struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// EventType is employee.billing_held.v1.
func (BillingHeld) EventType() string { return "employee.billing_held.v1" }

// BillingReleased says that what held her billing is gone, or that a person raised the bound that held it.
type BillingReleased struct {
	PeriodsMax int `json:"periodsMax,omitempty"` // periods that one run may bill of a source from now on (rule 11)
}

// EventType is employee.billing_released.v1.
func (BillingReleased) EventType() string { return "employee.billing_released.v1" }
