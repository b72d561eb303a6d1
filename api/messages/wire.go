package messages

import (
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// The types of messages that are neither a command nor a fact of the log.
const (
	TypeLine     = "billing.line.v1"
	TypeOutcome  = "command.outcome.v1"
	TypeActivity = "employee.activity.v1"
)

// Invoiced is what employee.events tells of employee.invoiced.v1: which days are billed now and which are not any more, and
// nothing of what they cost.
type Invoiced struct {
	Run      string       `json:"run"`
	AsOf     billing.Date `json:"asOf"`
	Covered  []Days       `json:"covered,omitempty"`
	Credited []Days       `json:"credited,omitempty"`
}

// Days are local days of a source, the last one included (rule 1).
type Days struct {
	Source string       `json:"source"` // an addon's id, or product
	From   billing.Date `json:"from"`
	To     billing.Date `json:"to,omitempty"`
}

// RunCompletedOf is what billing.runs and its two sisters tell of run.completed.v1: the totals of one ledger.
type RunCompletedOf struct {
	Ledger billing.Ledger `json:"ledger"`
	events.RunCompleted
}

// Outcome is what became of a command, as it is published on employee.outcomes.
type Outcome struct {
	Command   string            `json:"command"` // the command's id
	Subject   string            `json:"subject"`
	Type      string            `json:"type"`
	Status    string            `json:"status"`
	Position  string            `json:"position,omitempty"` // shard:position of the last event: readers at it see the effect
	Events    []string          `json:"events,omitempty"`   // types, in order; none when nothing had to change
	Error     *domain.Rejection `json:"error,omitempty"`
	Warnings  []string          `json:"warnings,omitempty"`
	Reason    string            `json:"reason,omitempty"`    // why it is parked
	Duplicate bool              `json:"duplicate,omitempty"` // this answer was given before
}
