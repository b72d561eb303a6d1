package domain

import (
	"tenure/access"
	"tenure/events"
)

// RecordInvoiceNumber is billing.record_invoice_number: the legal number that accounting gave a document, and when it
// is due. A number that was mistyped is recorded again; the log keeps both.
type RecordInvoiceNumber struct {
	InvoiceNumber int64 `json:"invoiceNumber"`
	DueDate       Day   `json:"dueDate"` // it may be put off later
}

// Kind is document.
func (RecordInvoiceNumber) Kind() string { return KindDocument }

// Operation is account.
func (RecordInvoiceNumber) Operation() access.Operation { return access.Account }

func (c RecordInvoiceNumber) decide(d *Document, w World) ([]events.Event, error) {
	due := c.DueDate.in(w)
	if due == 0 {
		due = d.DueDate
	}
	switch {
	case d.Issued == nil:
		return nil, errDocumentNotFound
	case c.InvoiceNumber <= 0:
		return nil, invalid("invoiceNumber", "must be a positive number")
	case d.InvoiceNumber == c.InvoiceNumber && d.DueDate == due:
		return nil, nil
	}
	return []events.Event{events.InvoiceNumberRecorded{InvoiceNumber: c.InvoiceNumber, DueDate: due}}, nil
}
