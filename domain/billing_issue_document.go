package domain

import (
	"github.com/google/uuid"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

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

// Operation is internal.
func (IssueDocument) Operation() access.Operation { return access.Internal }

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
