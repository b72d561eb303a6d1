package domain

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// IssueDocument is billing.issue_document: the net of the lines that carry a reference (rule 25), closed by a run. It
// names both and nothing else: what the lines sum to is read from the runs' tables (World.Document). The sums that
// schedulers sent before are accepted and ignored.
type IssueDocument struct {
	Run      string         `json:"run"`
	Ledger   billing.Ledger `json:"ledger,omitempty"`
	BillTo   string         `json:"billTo,omitempty"`
	Currency string         `json:"currency,omitempty"`
	Net      *events.Money  `json:"net,omitempty"`
	Lines    int64          `json:"lines,omitempty"`
	Hash     *uuid.UUID     `json:"hash,omitempty"`
}

// Kind is document.
func (IssueDocument) Kind() string { return KindDocument }

// Operation is internal.
func (IssueDocument) Operation() access.Operation { return access.Internal }

func (c IssueDocument) decide(d *Document, w World) ([]events.Event, error) {
	switch {
	case d.Issued != nil:
		return nil, nil
	case w.InvoicingHalted:
		return nil, errInvoicingHalted
	case w.Document == nil:
		return nil, fmt.Errorf("domain: the lines of %s were not read", d.Ref)
	case w.Document.NotReady != "":
		return nil, notReady(w.Document.NotReady)
	}
	return []events.Event{c.issued(d.Ref, w)}, nil
}

// issued is the document as its lines and the catalogue have it.
func (c IssueDocument) issued(ref string, w World) events.DocumentIssued {
	sums := w.Document
	kind, total := "INVOICE", sums.Net
	if total.Sign() < 0 {
		kind, total.Decimal = "CREDIT_NOTE", total.Neg()
	}
	event := events.DocumentIssued{
		DocumentRef: ref, Type: kind, Ledger: sums.Ledger, BillTo: sums.BillTo, Currency: sums.Currency,
		Total: total, Lines: sums.Lines, Hash: sums.Hash, Run: c.Run, IssueDate: issueDate(c.Run, w),
	}
	if sums.Charges != nil {
		credits := sums.Net
		credits.Decimal = credits.Sub(sums.Charges.Decimal)
		event.Charges, event.Credits = sums.Charges, &credits
	}
	event.BillToName, event.Seller, event.SellerName = w.parties(sums.Ledger, sums.BillTo)
	return event
}

// parties returns the name of a payer, and who sells to it on a ledger: its reseller to a customer, else the platform.
func (w World) parties(ledger billing.Ledger, billTo string) (payer, seller, sellerName string) {
	switch ledger {
	case billing.Customer:
		customer, _ := w.Catalog.Customer(billTo)
		reseller, _ := w.Catalog.Reseller(customer.Reseller)
		return customer.Name, customer.Reseller, reseller.Name
	case billing.Reseller:
		reseller, _ := w.Catalog.Reseller(billTo)
		return reseller.Name, billing.Platform, ""
	}
	return "", billing.Platform, ""
}

// issueDate is the business date of the run that closes a document: the same however late it is issued.
func issueDate(run string, w World) billing.Date {
	if i := strings.LastIndexByte(run, '/'); i >= 0 {
		if date, err := billing.ParseDate(run[i+1:]); err == nil {
			return date
		}
	}
	return w.Today()
}
