package runstate

import (
	"encoding/json"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
)

// Plan is what a run would do, as of the heads of the shards.
type Plan struct {
	Run            string
	Kind           string
	BusinessDate   billing.Date
	CatalogVersion int64
	CatalogChain   string // hash of the catalogue's log at the version, in hex
	Policy         json.RawMessage
	Digest         string // the same for the same lines, reasons, date, policy and catalogue, whoever computes it and when
	Heads          []events.ShardHead
	Summary        events.PlanSummary
	Products       []PlanProduct  // by ledger, currency and product
	Payers         []PlanPayer    // those with the largest amounts, at most payersShown
	PayersMore     int64          // payers besides those
	NotBilled      []store.Reason // the first of those for whom something may be due, at most reasonsShown
}

// PlanProduct is what the lines of a product come to.
type PlanProduct struct {
	Product string `json:"product"`
	events.PlanTotal
}

// PlanPayer is what the lines of a payer come to.
type PlanPayer struct {
	BillTo string `json:"billTo"`
	events.PlanTotal
}
