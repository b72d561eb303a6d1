package domain

import (
	"github.com/google/uuid"

	"tenure/billing"
	"tenure/events"
)

// RunResult is what a run billed, as its tables have it. The worker reads it for CompleteRun and compares it again in
// the transaction of the decision.
type RunResult struct {
	NotReady string // why the run cannot end yet; empty: it can

	Examined, Billed, NotBilled int64
	Documents                   int64 // that the run has issued
	LedgerDocuments             []events.LedgerDocuments
	Totals                      []events.ControlTotal
	Shards                      []events.ShardTotals
	Previous                    string // hash of how the run before it ended
	Anchors                     []events.ShardAnchor
}

// DocumentTotal is what the lines of a document sum to, as the runs' tables have it. The worker reads it for
// IssueDocument.
type DocumentTotal struct {
	NotReady string // why the document cannot be issued yet; empty: it can

	Ledger   billing.Ledger
	BillTo   string
	Currency string
	Lines    int64
	Net      events.Money
	Hash     uuid.UUID
}

// CodeNotReady is the code of a refusal that holds only for now: the same command under another id may be accepted
// later.
const CodeNotReady = "not_ready"

func notReady(why string) *Rejection { return reject(statusConflict, CodeNotReady, why) }

// errInvoicingHalted refuses a step of a run behind a halt.
var errInvoicingHalted = notReady("Invoicing is halted: send the command again, with a new id, when it is resumed")
