package events

import "tenure/billing"

// What topics tell in another form than the log has it.

// TypeLine is the type of the message of an invoice line. Its id is the line's.
const TypeLine = "billing.line.v1"

// schemaPrefix begins the address of every schema.
const schemaPrefix = "urn:tenure:schema:"

// SchemaAddress is the address of the schema of a type of messages: its $id, and what ce_dataschema says.
func SchemaAddress(name string) string { return schemaPrefix + name }

// InvoicedDays is what employee.events has of employee.invoiced.v1: which days are billed now and which are not any
// more, and nothing of what they cost.
type InvoicedDays struct {
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
	RunCompleted
}
