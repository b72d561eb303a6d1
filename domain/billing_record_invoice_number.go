package domain

import (
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/events"
)

// RecordInvoiceNumber is billing.record_invoice_number: the legal number that accounting gave a document, and when it
// is due. A number is a text and stands on one document of a ledger and reseller. An ADMIN records one that was
// mistyped again; the log keeps both.
type RecordInvoiceNumber struct {
	InvoiceNumber events.InvoiceNumber `json:"invoiceNumber"`
	DueDate       Day                  `json:"dueDate"` // it may be put off later
}

// Kind is document.
func (RecordInvoiceNumber) Kind() string { return KindDocument }

// Operation is account.
func (RecordInvoiceNumber) Operation() access.Operation { return access.Account }

var errNumberTaken = reject(statusConflict, "invoiceNumber", "The number is another document's")

func (c RecordInvoiceNumber) decide(d *Document, w World) ([]events.Event, error) {
	number, due := c.number(), c.DueDate.in(w)
	if due == 0 {
		due = d.DueDate
	}
	if d.Issued == nil {
		return nil, errDocumentNotFound
	}
	if refused := checkNumber(number); refused != nil {
		return nil, refused
	}
	switch {
	case d.InvoiceNumber == number && d.DueDate == due:
		return nil, nil
	case d.InvoiceNumber != "" && d.InvoiceNumber != number && !w.can(access.Admin):
		return nil, errAccessDenied
	case w.LoginTaken:
		return nil, errNumberTaken
	}
	return []events.Event{events.InvoiceNumberRecorded{
		InvoiceNumber: number, DueDate: due, Reseller: w.Catalog.seriesOf(d.Ref),
	}}, nil
}

// number is the number in the form in which it is kept and compared.
func (c RecordInvoiceNumber) number() events.InvoiceNumber {
	return events.InvoiceNumber(composed(strings.TrimSpace(string(c.InvoiceNumber))))
}

func checkNumber(number events.InvoiceNumber) error {
	if number == "" {
		return invalid("invoiceNumber", "is required")
	}
	if refused := checkText("invoiceNumber", string(number), invoiceNumberMax, false); refused != nil {
		return refused
	}
	return nil
}

// numberWanted is the name that is reserved for a number that a document is to have; empty where it is no number.
func (c RecordInvoiceNumber) numberWanted(ref string, catalog *Catalog) string {
	number := c.number()
	if checkNumber(number) != nil {
		return ""
	}
	return numberName(ref, catalog.seriesOf(ref), number)
}

// numberName is the name that is reserved for a document's number: one of a ledger and reseller.
func numberName(ref, series string, number events.InvoiceNumber) string {
	ledger, _, _ := contract.DocumentParts(ref)
	return invoiceName + string(ledger) + "/" + series + "/" + string(number)
}

// seriesOf is the reseller whose series of numbers a document's is of: the payer's on the ledger CUSTOMER, the payer on
// RESELLER, none on COST.
func (c *Catalog) seriesOf(ref string) string {
	switch ledger, billTo, _ := contract.DocumentParts(ref); ledger {
	case billing.Customer:
		return c.customers[billTo].Reseller
	case billing.Reseller:
		return billTo
	}
	return ""
}
