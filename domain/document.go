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
	InvoiceNumber int64                  `json:"invoiceNumber,omitempty"` // 0: not reported yet
	DueDate       billing.Date           `json:"dueDate,omitempty"`
	// the day of the last payment; 0: none was reported yet
	Paid    billing.Date       `json:"paid,omitempty"`
	PaidSum *events.Money      `json:"paidSum,omitempty"` // of all payments
	Booked  map[string]Booking `json:"booked,omitempty"`  // by integration and run
}

// Evolve folds how it was issued, and what accounting reports of it.
func (d *Document) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.DocumentIssued:
		d.Issued = &e
	case events.InvoiceNumberRecorded:
		d.InvoiceNumber, d.DueDate = e.InvoiceNumber, e.DueDate
	case events.PaymentRecorded:
		sum := e.Sum()
		d.Paid, d.PaidSum = e.PaidOn, &sum
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
		return c.decide(d)
	}
	return nil, errNotOnStream
}

var errDocumentNotFound = reject(statusNotFound, "document", "Document not found")
