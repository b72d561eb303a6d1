package events

import (
	"github.com/google/uuid"

	"tenure/billing"
)

// DocumentIssued is an invoice or a credit note: the net of the lines that carry its reference.
type DocumentIssued struct {
	DocumentRef string         `json:"documentRef"`
	Type        string         `json:"type"` // INVOICE, CREDIT_NOTE
	Ledger      billing.Ledger `json:"ledger"`
	BillTo      string         `json:"billTo"`
	Currency    string         `json:"currency"`
	Total       Money          `json:"total"` // never negative: the type has the sign
	Lines       int64          `json:"lines"`
	Hash        uuid.UUID      `json:"hash"` // XOR of the line ids
	Run         string         `json:"run"`  // the run that closed it
	// IssueDate is the local day on which it was issued; documents from before it was kept have none.
	IssueDate billing.Date `json:"issueDate,omitzero"`
}

// EventType is billing.document_issued.v1.
func (DocumentIssued) EventType() string { return "billing.document_issued.v1" }

// InvoiceNumberRecorded brings the legal number that accounting gave a document, and when it is due.
type InvoiceNumberRecorded struct {
	InvoiceNumber int64        `json:"invoiceNumber"`
	DueDate       billing.Date `json:"dueDate,omitempty"`
}

// EventType is billing.invoice_number_recorded.v1.
func (InvoiceNumberRecorded) EventType() string { return "billing.invoice_number_recorded.v1" }

// PaymentRecorded says that a document was paid, whole or in part; a credit note, that it was paid out or settled.
type PaymentRecorded struct {
	PaidOn billing.Date `json:"paidOn"`
	Amount Money        `json:"amount"`         // of this payment
	Paid   *Money       `json:"paid,omitempty"` // with all payments before it; none: the amount
}

// Sum is what was paid so far.
func (e PaymentRecorded) Sum() Money {
	if e.Paid != nil {
		return *e.Paid
	}
	return e.Amount
}

// EventType is billing.payment_recorded.v1.
func (PaymentRecorded) EventType() string { return "billing.payment_recorded.v1" }
