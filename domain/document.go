package domain

import (
	"github.com/google/uuid"

	"tenure/billing"
	"tenure/events"
)

// Document is the state of a document's stream.
type Document struct {
	timeless
	Ref           string                 `json:"-"`
	Issued        *events.DocumentIssued `json:"issued,omitempty"`
	InvoiceNumber int64                  `json:"invoiceNumber,omitempty"` // 0: not told yet
	DueDate       billing.Date           `json:"dueDate,omitempty"`
	Paid          billing.Date           `json:"paid,omitempty"`   // the day; 0: not told yet
	Booked        map[string]Booking     `json:"booked,omitempty"` // by integration and run
}

// Evolve folds how it was issued, and what accounting tells of it.
func (d *Document) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.DocumentIssued:
		d.Issued = &e
	case events.InvoiceNumberRecorded:
		d.InvoiceNumber, d.DueDate = e.InvoiceNumber, e.DueDate
	case events.PaymentRecorded:
		d.Paid = e.PaidOn
	case events.DocumentAcknowledged:
		d.acknowledged(e)
	}
}

// Decide answers IssueDocument, RecordInvoiceNumber, RecordPayment and AcknowledgeDocument.
func (d *Document) Decide(c Command, w World) ([]events.Event, error) {
	if !w.can(levelAdmin) { // a forged document would not be what its lines sum to
		return nil, errAccessDenied
	}
	switch c := c.(type) {
	case IssueDocument:
		return c.decide(d)
	case RecordInvoiceNumber:
		return c.decide(d, w)
	case RecordPayment:
		return c.decide(d, w)
	case AcknowledgeDocument:
		return c.decide(d)
	}
	return nil, errNotOnStream
}

// IssueDocument is billing.issue_document: the net of the lines that carry a reference (rule 25).
type IssueDocument struct {
	Ledger   billing.Ledger `json:"ledger"`
	BillTo   string         `json:"billTo"`
	Currency string         `json:"currency"`
	Net      events.Money   `json:"net"`
	Lines    int64          `json:"lines"`
	Hash     uuid.UUID      `json:"hash"`
	Run      string         `json:"run"`
}

// Kind is document.
func (IssueDocument) Kind() string { return KindDocument }

func (c IssueDocument) decide(d *Document) ([]events.Event, error) {
	if d.Issued != nil {
		return nil, nil
	}
	kind := "INVOICE"
	if c.Net.Sign() < 0 {
		kind, c.Net.Decimal = "CREDIT_NOTE", c.Net.Neg()
	}
	return []events.Event{events.DocumentIssued{
		DocumentRef: d.Ref, Type: kind, Ledger: c.Ledger, BillTo: c.BillTo, Currency: c.Currency,
		Total: c.Net, Lines: c.Lines, Hash: c.Hash, Run: c.Run,
	}}, nil
}

// RecordInvoiceNumber is billing.record_invoice_number: the legal number that accounting gave a document, and when it is due.
type RecordInvoiceNumber struct {
	InvoiceNumber int64 `json:"invoiceNumber"`
	DueDate       Day   `json:"dueDate"` // it may be put off later, the number stays
}

// Kind is document.
func (RecordInvoiceNumber) Kind() string { return KindDocument }

var errDocumentNotFound = reject(statusNotFound, "document", "Document not found")

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
	case d.InvoiceNumber != 0 && d.InvoiceNumber != c.InvoiceNumber:
		return nil, reject(statusConflict, "invoiceNumber", "The document has another invoice number already")
	}
	return []events.Event{events.InvoiceNumberRecorded{InvoiceNumber: c.InvoiceNumber, DueDate: due}}, nil
}
