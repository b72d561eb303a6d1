package events

import (
	"tenure/billing"
)

// RatePlanChangeScheduled gives an account another rate plan at local midnight of From, a first of a month.
type RatePlanChangeScheduled struct {
	Account  string       `json:"account"`
	RatePlan string       `json:"ratePlan"`
	From     billing.Date `json:"from"`
}

// EventType is employee.rate_plan_change_scheduled.v1.
func (RatePlanChangeScheduled) EventType() string { return "employee.rate_plan_change_scheduled.v1" }

// RatePlanChangeCancelled withdraws a scheduled rate plan before it holds.
type RatePlanChangeCancelled struct {
	Account string `json:"account"`
}

// EventType is employee.rate_plan_change_cancelled.v1.
func (RatePlanChangeCancelled) EventType() string { return "employee.rate_plan_change_cancelled.v1" }

// RatePlanChanged says that an account has its scheduled rate plan from a local day on.
type RatePlanChanged struct {
	Account  string       `json:"account"`
	RatePlan string       `json:"ratePlan"`
	From     billing.Date `json:"from"`
}

// EventType is employee.rate_plan_changed.v1.
func (RatePlanChanged) EventType() string { return "employee.rate_plan_changed.v1" }

// RatePlanChangeDropped says that a scheduled rate plan did not become the account's when its time came, and why.
type RatePlanChangeDropped struct {
	Account  string `json:"account"`
	RatePlan string `json:"ratePlan"`
	Reason   string `json:"reason"` // DELETION, PRODUCT
}

// EventType is employee.rate_plan_change_dropped.v1.
func (RatePlanChangeDropped) EventType() string { return "employee.rate_plan_change_dropped.v1" }
