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
	Awaits   string // the stream whose next event may change that; empty: none will

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
	Awaits   string // the stream whose next event may change that; empty: none will

	Ledger   billing.Ledger
	BillTo   string
	Currency string
	Lines    int64
	Net      events.Money
	Charges  *events.Money // the sum of its charges; nil where a run did not keep it yet
	Hash     uuid.UUID
}

// BookedLines are what a run has of a document, as its tables have it. The worker reads it for AcknowledgeDocument.
type BookedLines struct {
	NotReady string // why an acknowledgement cannot be checked yet; empty: it can
	Awaits   string // the stream whose next event may change that; empty: none will

	Lines int64     // 0: the run has none of the document
	Hash  uuid.UUID // XOR of their ids
	// IDs are the ids of the lines, where some are neither booked nor refused, so that the hash of all says nothing; nil
	// where they are not needed or too many.
	IDs []uuid.UUID
}

// CodeNotReady is the code of a refusal that holds only for now: the same command under another id may be accepted
// later.
const CodeNotReady = "not_ready"

func notReady(why string) *Rejection { return reject(statusConflict, CodeNotReady, why) }

// errInvoicingHalted refuses a step of a run behind a halt.
var errInvoicingHalted = notReady("Invoicing is halted: send the command again, with a new id, when it is resumed")

// SumTotals adds up the control totals of the shards, per ledger and currency in their order of first appearance.
func SumTotals(shards []events.ShardTotals) []events.ControlTotal {
	var all []events.ControlTotal
	at := map[string]int{}
	for _, shard := range shards {
		for _, t := range shard.Totals {
			key := string(t.Ledger) + "/" + t.Currency
			i, ok := at[key]
			if !ok {
				i = len(all)
				at[key] = i
				all = append(
					all,
					events.ControlTotal{Ledger: t.Ledger, Currency: t.Currency, Amount: events.Money{Decimals: t.Amount.Decimals}},
				)
			}
			all[i].Lines += t.Lines
			all[i].Amount = events.NewMoney(all[i].Amount.Add(t.Amount.Decimal), t.Amount.Decimals)
			all[i].Hash = billing.CombineHashes(all[i].Hash, t.Hash)
		}
	}
	return all
}
