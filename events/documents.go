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
	// Charges and Credits are the signed sums of the two kinds of line; documents from before they were kept have none.
	Charges *Money    `json:"charges,omitempty"`
	Credits *Money    `json:"credits,omitempty"`
	Hash    uuid.UUID `json:"hash"` // XOR of the line ids
	Run     string    `json:"run"`  // the run that closed it
	// IssueDate is the local day on which it was issued; documents from before it was kept have none.
	IssueDate billing.Date `json:"issueDate,omitzero"`
	// BillToName is the name of the payer in the catalogue when the document was issued. Seller is who bills it: the
	// payer's reseller on the ledger CUSTOMER, else the platform.
	BillToName string `json:"billToName,omitempty"`
	Seller     string `json:"seller,omitempty"`
	SellerName string `json:"sellerName,omitempty"`
}

// EventType is billing.document_issued.v1.
func (DocumentIssued) EventType() string { return "billing.document_issued.v1" }

// InvoiceNumberRecorded brings the legal number that accounting gave a document, and when it is due.
type InvoiceNumberRecorded struct {
	InvoiceNumber InvoiceNumber `json:"invoiceNumber"`
	DueDate       billing.Date  `json:"dueDate,omitempty"`
	// Reseller is whose series the number belongs to: on a ledger it is given to one document. The ledger COST has one
	// series, and numbers from before they were unique have none.
	Reseller string `json:"reseller,omitempty"`
}

// EventType is billing.invoice_number_recorded.v2: the number was a whole number in version 1.
func (InvoiceNumberRecorded) EventType() string { return "billing.invoice_number_recorded.v2" }

// PaymentRecorded says that a document was paid, whole or in part; a credit note, that it was paid out or settled.
type PaymentRecorded struct {
	PaidOn billing.Date `json:"paidOn"`
	Amount Money        `json:"amount"`         // of this payment
	Paid   *Money       `json:"paid,omitempty"` // with all payments before it; none: the amount
	Open   *Money       `json:"open,omitempty"` // what is not paid after it; none: nothing
	// PaymentID is the payment's own id; payments from before they had one have none.
	PaymentID string `json:"paymentId,omitempty"`
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
