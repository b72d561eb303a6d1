package events

import (
	"time"

	"tenure/billing"
)

// DeletionRefused is that PBX or provider does not delete an extension or an account. It is asked again nevertheless.
type DeletionRefused struct {
	ID     string `json:"_id"`
	Reason string `json:"reason"` // for an operator
}

// EventType is employee.deletion_refused.v1.
func (DeletionRefused) EventType() string { return "employee.deletion_refused.v1" }

// DeletionStalled says that confirmations did not come although they were asked for as often as we ask: an operator
// must look. The deletion continues when they come.
type DeletionStalled struct {
	Extensions   []string `json:"extensions,omitempty"` // not confirmed
	MvnoAccounts []string `json:"mvnoAccounts,omitempty"`
}

// EventType is employee.deletion_stalled.v1.
func (DeletionStalled) EventType() string { return "employee.deletion_stalled.v1" }

// ExtensionDeletionRequested asks the PBX to delete an extension, because its employee is being deleted.
type ExtensionDeletionRequested struct {
	ID      string `json:"_id"`
	Attempt int    `json:"attempt"`
}

// EventType is employee.extension_deletion_requested.v1.
func (ExtensionDeletionRequested) EventType() string {
	return "employee.extension_deletion_requested.v1"
}

// ExtensionDeleted is the PBX's confirmation.
type ExtensionDeleted struct {
	ID string `json:"_id"`
}

// EventType is employee.extension_deleted.v1.
func (ExtensionDeleted) EventType() string { return "employee.extension_deleted.v1" }

// MvnoDeletionRequested asks the provider to delete an account: it is DELETING, its porting cancelled and its new rate
// plan cleared. Attempt counts from 1.
type MvnoDeletionRequested struct {
	ID      string `json:"_id"`
	Attempt int    `json:"attempt"`
}

// EventType is employee.mvno_deletion_requested.v1.
func (MvnoDeletionRequested) EventType() string { return "employee.mvno_deletion_requested.v1" }

// MvnoAccountDeleted is the provider's confirmation.
type MvnoAccountDeleted struct {
	ID string `json:"_id"`
}

// EventType is employee.mvno_account_deleted.v1.
func (MvnoAccountDeleted) EventType() string { return "employee.mvno_account_deleted.v1" }

// DeletionScheduled says when it will be deleted: At is 20:00 UTC on Date, and Date is the first day not billed.
type DeletionScheduled struct {
	Date               billing.Date `json:"date"`
	At                 time.Time    `json:"at"`
	DeleteExtensions   bool         `json:"deleteExtensions"`
	DeleteMvnoAccounts bool         `json:"deleteMvnoAccounts"`
}

// EventType is employee.deletion_scheduled.v1.
func (DeletionScheduled) EventType() string { return "employee.deletion_scheduled.v1" }

// DeletionCancelled withdraws a scheduled deletion before its instant.
type DeletionCancelled struct{}

// EventType is employee.deletion_cancelled.v1.
func (DeletionCancelled) EventType() string { return "employee.deletion_cancelled.v1" }

// DeletionStarted locks the employee: what it has is deleted or unlinked, and it is DELETED when all is confirmed.
type DeletionStarted struct {
	Date             billing.Date `json:"date"`
	DiscardedProduct string       `json:"discardedProduct,omitempty"` // the scheduled product that will not be assigned
}

// EventType is employee.deletion_started.v1.
func (DeletionStarted) EventType() string { return "employee.deletion_started.v1" }

// EmployeeDeleted ends the employee.
type EmployeeDeleted struct {
	Date billing.Date `json:"date"` // the first day not billed
}

// EventType is employee.deleted.v1.
func (EmployeeDeleted) EventType() string { return "employee.deleted.v1" }
