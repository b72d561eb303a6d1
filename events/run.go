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
	CatalogChain   string          `json:"catalogChain,omitempty"` // hash of the catalogue's log at the version, in hex
	Policy         json.RawMessage `json:"policy"`
	Shards         []int32         `json:"shards"`
	// digest of the plan that it follows; runs before there were plans have none
	Plan string `json:"plan,omitempty"`
	// employees that changed between plan and start, billed as they are
	Changed int64 `json:"changed,omitempty"`
}

// EventType is run.started.v1.
func (RunStarted) EventType() string { return "run.started.v1" }

// RunShardOpened begins the run's work in one shard.
type RunShardOpened struct {
	Run            string          `json:"run"`
	Shard          int32           `json:"shard"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	CatalogChain   string          `json:"catalogChain,omitempty"` // hash of the catalogue's log at the version, in hex
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

// ShardAnchor is the hash of a shard's log up to a position, where the database's owner cannot change it any more.
type ShardAnchor struct {
	Shard    int32  `json:"shard"`
	Position int64  `json:"position"`
	Chain    string `json:"chain"` // SHA-256 in hex over all events up to the position
}

// RunCompleted closes a run: every shard is through and every document is issued, or it was abandoned and this is what
// it did. It is published once per ledger, with the totals of that ledger only.
type RunCompleted struct {
	Run          string       `json:"run"`
	Kind         string       `json:"kind"`
	BusinessDate billing.Date `json:"businessDate"`
	Examined     int64        `json:"examined"`
	Billed       int64        `json:"billed"`
	NotBilled    int64        `json:"notBilled"`
	Documents    int64        `json:"documents"`
	// how many of the documents each ledger has; the message of a ledger has its own number in documents
	LedgerDocuments []LedgerDocuments `json:"ledgerDocuments,omitempty"`
	Totals          []ControlTotal    `json:"totals"`
	Shards          []ShardTotals     `json:"shards"`
	Abandoned       bool              `json:"abandoned,omitempty"`
	// hashes of the log of every shard when the run ended, which whoever keeps the message can compare later
	Anchors []ShardAnchor `json:"anchors,omitempty"`
	// Hash is SHA-256 in hex over everything above and Previous, which is the Hash of the run before: a reader who
	// keeps it sees when a run is missing. The first run has no previous one.
	Hash     string `json:"hash,omitempty"`
	Previous string `json:"previous,omitempty"`
}

// LedgerDocuments is how many documents of a ledger a run has issued.
type LedgerDocuments struct {
	Ledger    billing.Ledger `json:"ledger"`
	Documents int64          `json:"documents"`
}

// EventType is run.completed.v1.
func (RunCompleted) EventType() string { return "run.completed.v1" }
