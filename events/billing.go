package events

import (
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"tenure/billing"
)

// EmployeeInvoiced holds the lines that one run made for the employee, of all ledgers. It never leaves the log as a
// whole: each ledger's lines go to that ledger's topic, and employee.events gets Coverage without amounts.
type EmployeeInvoiced struct {
	Run     string           `json:"run"`
	AsOf    billing.Date     `json:"asOf"`
	Lines   []billing.Line   `json:"lines"`
	Reviews []billing.Review `json:"reviews,omitempty"`
	Work    []WorkDone       `json:"work,omitempty"` // what operators had asked for and is settled now
	// Settled are addons that are billed to the end, and have been for long: rules read them no more.
	Settled []string `json:"settled,omitempty"`
}

// EventType is employee.invoiced.v1.
func (EmployeeInvoiced) EventType() string { return "employee.invoiced.v1" }

// What a line, and the rest of the event, usually take.
const (
	lineBytes     = 768
	invoicedBytes = 128
)

// AppendJSON appends what encoding/json writes of it, in a fraction of the time: a run writes one for everybody.
func (e EmployeeInvoiced) AppendJSON(b []byte) ([]byte, error) {
	b = append(slices.Grow(b, invoicedBytes+len(e.Lines)*lineBytes), `{"run":`...)
	b, err := appendMarshalled(b, e.Run)
	b = append(append(append(b, `,"asOf":"`...), e.AsOf.String()...), `","lines":`...)
	b = e.appendLines(b)
	if err == nil && len(e.Reviews) > 0 {
		b, err = appendMarshalled(append(b, `,"reviews":`...), e.Reviews)
	}
	if err == nil && len(e.Work) > 0 {
		b, err = appendMarshalled(append(b, `,"work":`...), e.Work)
	}
	if err == nil && len(e.Settled) > 0 {
		b, err = appendMarshalled(append(b, `,"settled":`...), e.Settled)
	}
	return append(b, '}'), err
}

func (e EmployeeInvoiced) appendLines(b []byte) []byte {
	if e.Lines == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range e.Lines {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.Lines[i].AppendJSON(b)
	}
	return append(b, ']')
}

func appendMarshalled(b []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	return append(b, raw...), err
}

// WorkDone is a piece of manual billing that a run has settled.
type WorkDone struct {
	ID int `json:"id"` // that of BillingWorkOrdered
	// Dropped says why nothing came of it, such as a line that was credited in the meantime.
	Dropped string `json:"dropped,omitempty"`
}

// BillingWorkOrdered is something that an operator wants billed otherwise than the rules do; the next run does it, so
// that what it makes is in that run's totals. It stays in the log, since it has amounts of any ledger: its lines are
// published like any others. One of the last four is set.
type BillingWorkOrdered struct {
	ID int `json:"id"` // of its pieces of work, from 1
	// runs of earlier days, which are caught up, leave it to a later one
	On             billing.Date    `json:"on"`
	CatalogVersion int64           `json:"catalogVersion"` // runs with an older catalog leave it too
	Reason         string          `json:"reason"`
	Actor          string          `json:"actor"`
	Adjustment     *Adjustment     `json:"adjustment,omitempty"`
	VoidLine       uuid.UUID       `json:"voidLine,omitzero"`
	Rerate         *billing.Review `json:"rerate,omitempty"`
	Credit         *ReviewCredit   `json:"credit,omitempty"`
	LineCredit     *LineCredit     `json:"lineCredit,omitempty"`
}

// EventType is employee.billing_work_ordered.v1.
func (BillingWorkOrdered) EventType() string { return "employee.billing_work_ordered.v1" }

// Adjustment is a line that no rule makes. A negative amount is a credit.
type Adjustment struct {
	Ledger  billing.Ledger `json:"ledger"`
	BillTo  string         `json:"billTo,omitempty"`  // empty: who pays for the employee on that day
	Product string         `json:"product,omitempty"` // what accounting books it on
	Day     billing.Date   `json:"day"`
	Amount  billing.Amount `json:"amount"`
}

// LineCredit is the credit of a part of a line: an amount or a share of it.
type LineCredit struct {
	Line   uuid.UUID       `json:"line"`
	Amount *billing.Amount `json:"amount,omitempty"`
	Share  *billing.Amount `json:"share,omitempty"`
}

// ReviewCredit is the credit of days that another system had billed (rule 15).
type ReviewCredit struct {
	billing.Review
	Amount *billing.Amount `json:"amount,omitempty"` // none: what the days cost by the catalog
}

// ReviewSettled says that an operator has looked at days that another system had billed and that it does not get (rule
// 15).
type ReviewSettled struct {
	Review   billing.Review `json:"review"`
	Decision string         `json:"decision"` // CREDIT, KEEP
	Reason   string         `json:"reason"`
	Actor    string         `json:"actor"`
}

// EventType is employee.review_settled.v1.
func (ReviewSettled) EventType() string { return "employee.review_settled.v1" }

// BillingHeld says that it cannot be billed and why; every run tries again.
type BillingHeld struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
}

// EventType is employee.billing_held.v1.
func (BillingHeld) EventType() string { return "employee.billing_held.v1" }

// BillingReleased says that what held its billing is gone, or that an operator released it.
type BillingReleased struct {
	PeriodsMax int    `json:"periodsMax,omitempty"` // periods that one run may bill of a source from now on (rule 11)
	Reason     string `json:"reason,omitempty"`     // why an operator released it
}

// EventType is employee.billing_released.v1.
func (BillingReleased) EventType() string { return "employee.billing_released.v1" }

// CustomerBillingHeld says that no employee of a customer is billed until CustomerBillingReleased.
type CustomerBillingHeld struct {
	Reason string `json:"reason"`
	Actor  string `json:"actor"`
}

// EventType is catalog.customer_billing_held.v1.
func (CustomerBillingHeld) EventType() string { return "catalog.customer_billing_held.v1" }

// CustomerBillingReleased ends CustomerBillingHeld.
type CustomerBillingReleased struct {
	Reason string `json:"reason"`
	Actor  string `json:"actor"`
}

// EventType is catalog.customer_billing_released.v1.
func (CustomerBillingReleased) EventType() string { return "catalog.customer_billing_released.v1" }

// PeriodClosed says up to which day a reseller has closed its accounts: later lines for those days book after it (rule
// 26).
type PeriodClosed struct {
	Until  billing.Date `json:"until"` // the last closed day
	Reason string       `json:"reason"`
	Actor  string       `json:"actor"`
}

// EventType is catalog.period_closed.v1.
func (PeriodClosed) EventType() string { return "catalog.period_closed.v1" }
