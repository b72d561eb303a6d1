package domain

import (
	"tenure/billing"
	"tenure/events"
)

// Document is the state of a document's stream.
type Document struct {
	noTimers
	Ref           string                 `json:"-"`
	Issued        *events.DocumentIssued `json:"issued,omitempty"`
	InvoiceNumber events.InvoiceNumber   `json:"invoiceNumber,omitempty"` // empty: not reported yet
	Series        string                 `json:"series,omitempty"`        // reseller whose series the number belongs to
	DueDate       billing.Date           `json:"dueDate,omitempty"`
	// the day of the last payment; 0: none was reported yet
	Paid     billing.Date       `json:"paid,omitempty"`
	PaidSum  *events.Money      `json:"paidSum,omitempty"`  // of all payments
	Payments map[string]Payment `json:"payments,omitempty"` // by id
	Booked   map[string]Booking `json:"booked,omitempty"`   // by integration and run
}

// Payment is one that was recorded of a document.
type Payment struct {
	PaidOn billing.Date `json:"paidOn"`
	Amount events.Money `json:"amount"`
}

// Evolve folds how it was issued, and what accounting reports of it.
func (d *Document) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.DocumentIssued:
		d.Issued = &e
	case events.InvoiceNumberRecorded:
		d.InvoiceNumber, d.DueDate, d.Series = e.InvoiceNumber, e.DueDate, e.Reseller
	case events.PaymentRecorded:
		d.paid(e)
	case events.DocumentAcknowledged:
		d.acknowledged(e)
	}
}

// Decide answers IssueDocument, RecordInvoiceNumber, RecordPayment and AcknowledgeDocument.
func (d *Document) Decide(c Command, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil { // a forged document would not be what its lines sum to
		return nil, err
	}
	switch c := c.(type) {
	case IssueDocument:
		return c.decide(d, w)
	case RecordInvoiceNumber:
		return c.decide(d, w)
	case RecordPayment:
		return c.decide(d, w)
	case AcknowledgeDocument:
		return c.decide(d, w)
	}
	return nil, errNotOnStream
}

var errDocumentNotFound = reject(statusNotFound, "document", "Document not found")
