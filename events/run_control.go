package events

import (
	"encoding/json"
	"time"

	"tenure/billing"
)

// RunPlanned says what a run would do: it was computed by the code of the run, and nothing was written of it. A run
// that starts follows the newest plan, with its policy and its version of the catalog. It stays in the log and goes to
// no topic: it has the totals of all ledgers.
type RunPlanned struct {
	Run            string          `json:"run"`
	Kind           string          `json:"kind"`
	BusinessDate   billing.Date    `json:"businessDate"`
	CatalogVersion int64           `json:"catalogVersion"`
	CatalogChain   string          `json:"catalogChain,omitempty"` // hash of the catalogue's log at the version, in hex
	Policy         json.RawMessage `json:"policy"`
	// SHA-256 in hex over lines, reasons, date, policy and catalog
	Digest    string    `json:"digest"`
	PlannedAt time.Time `json:"plannedAt"` // business time of the decision to keep it
	// employee or token of who asked for it; empty: Tenure itself, unless Person
	PlannedBy string `json:"plannedBy,omitempty"`
	Person    bool   `json:"person,omitempty"` // an operator asked for it
	// as of which it was computed; what is behind them has changed since
	Heads    []ShardHead `json:"heads"`
	Summary  PlanSummary `json:"summary"`
	Breaches []Breach    `json:"breaches,omitempty"` // bounds that it exceeds; with any it needs an approval
	// employees that may change before the start; -1: any number
	ChangedMax int64 `json:"changedMax"`
}

// EventType is run.planned.v1.
func (RunPlanned) EventType() string { return "run.planned.v1" }

// ShardHead is the position of a shard's last event, and how many employees a plan examined in it.
type ShardHead struct {
	Shard    int32 `json:"shard"`
	Position int64 `json:"position"`
	Examined int64 `json:"examined"`
}

// PlanSummary is what the lines of a plan come to.
type PlanSummary struct {
	Examined  int64         `json:"examined"` // = billed + not billed
	Billed    int64         `json:"billed"`
	NotBilled int64         `json:"notBilled"`
	Reasons   []ReasonCount `json:"reasons"` // why not, by reason; a review counts beside lines too
	Held      int64         `json:"held"`    // not billed for another reason than that nothing is due
	Deletions int64         `json:"deletions"`
	Totals    []PlanTotal   `json:"totals"`   // by ledger and currency
	LinesMax  int64         `json:"linesMax"` // lines of the employee with the most
	// the largest sum of one employee in a ledger and a currency, by size without sign
	AmountMax *PlanTotal `json:"amountMax,omitempty"`
	// the largest sum of credits of one employee, likewise
	CreditMax *PlanTotal `json:"creditMax,omitempty"`
	// employees with the largest sums of the customers' ledger, by size without sign, at most 50
	Largest []PlanEmployee `json:"largest,omitempty"`
	// credits by ledger and currency, which Totals have taken off
	Credits  []PlanTotal   `json:"credits,omitempty"`
	Forecast *PlanForecast `json:"forecast,omitempty"` // nil: what holds is what held in the last run
}

// PlanEmployee is what a plan bills one employee, in a ledger and a currency.
type PlanEmployee struct {
	Employee string `json:"employee"`
	PlanTotal
}

// PlanForecast is what would be billed by the catalogue and the policy of the last run.
type PlanForecast struct {
	Run    string      `json:"run"` // the last run
	Billed int64       `json:"billed"`
	Totals []PlanTotal `json:"totals"`
}

// ReasonCount is how many employees have a reason.
type ReasonCount struct {
	Reason    string `json:"reason"`
	Employees int64  `json:"employees"`
}

// PlanTotal is what planned lines of a ledger and a currency come to.
type PlanTotal struct {
	Ledger   billing.Ledger `json:"ledger"`
	Currency string         `json:"currency"`
	Lines    int64          `json:"lines"`
	Amount   Money          `json:"amount"`
}

// Breach is a bound that a plan exceeds.
type Breach struct {
	Bound string `json:"bound"` // name of the setting, such as run-max-lines
	Limit string `json:"limit"`
	Found string `json:"found"`
}

// RunApproved lets a plan start that exceeds bounds.
type RunApproved struct {
	Digest     string `json:"digest"`
	Reason     string `json:"reason"`
	ApprovedBy string `json:"approvedBy"` // employee or token
	// Through is the last of the missed nights that the approval covers: those after this one need none for being late.
	Through billing.Date `json:"through,omitempty"`
}

// EventType is run.approved.v1.
func (RunApproved) EventType() string { return "run.approved.v1" }

// RunAbandoned ends the work on a run in all its shards. What it did until then stays, and is in run.completed.v1.
type RunAbandoned struct {
	Run          string       `json:"run"`
	BusinessDate billing.Date `json:"businessDate"`
	Shards       []int32      `json:"shards"`
	Reason       string       `json:"reason"`
}

// EventType is run.abandoned.v1.
func (RunAbandoned) EventType() string { return "run.abandoned.v1" }

// RunsHalted stops what its scopes name until it is resumed.
type RunsHalted struct {
	Scopes []string `json:"scopes"` // invoicing, deletions
	Reason string   `json:"reason"`
}

// EventType is run.halted.v1.
func (RunsHalted) EventType() string { return "run.halted.v1" }

// RunsResumed lets what its scopes name continue.
type RunsResumed struct {
	Scopes []string `json:"scopes"`
	Reason string   `json:"reason"`
}

// EventType is run.resumed.v1.
func (RunsResumed) EventType() string { return "run.resumed.v1" }
