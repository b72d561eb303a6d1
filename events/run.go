package events

import (
	"encoding/json"

	"github.com/google/uuid"

	"tenure/billing"
)

// RunStarted fixes what a run works with: the same on every shard, however long it takes.
type RunStarted struct {
	Run            string          `json:"run"`
	Kind           string          `json:"kind"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	Policy         json.RawMessage `json:"policy"`
	Shards         []int32         `json:"shards"`
}

// EventType is run.started.v1.
func (RunStarted) EventType() string { return "run.started.v1" }

// RunShardOpened begins the run's work in one shard.
type RunShardOpened struct {
	Run            string          `json:"run"`
	Shard          int32           `json:"shard"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	Policy         json.RawMessage `json:"policy"`
}

// EventType is run.shard_opened.v1.
func (RunShardOpened) EventType() string { return "run.shard_opened.v1" }

// RunShardCompleted ends the run's work in one shard: the positions between which its lines stand, and the counts.
type RunShardCompleted struct {
	Run           string `json:"run"`
	Shard         int32  `json:"shard"`
	FirstPosition int64  `json:"firstPosition"` // 0 when nothing was billed
	LastPosition  int64  `json:"lastPosition"`
	Examined      int64  `json:"examined"` // = billed + not billed
	Billed        int64  `json:"billed"`
	NotBilled     int64  `json:"notBilled"`
}

// EventType is run.shard_completed.v1.
func (RunShardCompleted) EventType() string { return "run.shard_completed.v1" }

// ControlTotal says how many lines there are of a ledger and a currency, what they sum to, and the XOR of their ids as
// 128-bit numbers, which does not depend on their order.
type ControlTotal struct {
	Ledger   billing.Ledger `json:"ledger"`
	Currency string         `json:"currency"`
	Lines    int64          `json:"lines"`
	Amount   Money          `json:"amount"`
	Hash     uuid.UUID      `json:"hash"`
}

// ShardTotals are the control totals of one shard, and the positions of the log between which its lines stand.
type ShardTotals struct {
	Shard         int32          `json:"shard"`
	FirstPosition int64          `json:"firstPosition"`
	LastPosition  int64          `json:"lastPosition"`
	Totals        []ControlTotal `json:"totals"`
}

// RunCompleted closes a run: every shard is through and every document is issued. It is published once per ledger, with
// the totals of that ledger only.
type RunCompleted struct {
	Run          string         `json:"run"`
	Kind         string         `json:"kind"`
	BusinessDate billing.Date   `json:"businessDate"`
	Examined     int64          `json:"examined"`
	Billed       int64          `json:"billed"`
	NotBilled    int64          `json:"notBilled"`
	Documents    int64          `json:"documents"`
	Totals       []ControlTotal `json:"totals"`
	Shards       []ShardTotals  `json:"shards"`
}

// EventType is run.completed.v1.
func (RunCompleted) EventType() string { return "run.completed.v1" }

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
}

// EventType is billing.document_issued.v1.
func (DocumentIssued) EventType() string { return "billing.document_issued.v1" }

// InvoiceNumberRecorded brings the legal number that accounting gave a document.
type InvoiceNumberRecorded struct {
	InvoiceNumber int64 `json:"invoiceNumber"`
}

// EventType is billing.invoice_number_recorded.v1.
func (InvoiceNumberRecorded) EventType() string { return "billing.invoice_number_recorded.v1" }
