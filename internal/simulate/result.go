package simulate

import (
	"cmp"
	"encoding/json"
	"slices"

	"tenure/billing"
)

// Result is what cases gave: one entry per case, and in it one per step.
type Result struct {
	Cases []CaseResult `json:"cases"`
}

// CaseResult is what one case gave.
type CaseResult struct {
	ID    string       `json:"id"`
	Steps []StepResult `json:"steps"`
}

// StepResult is what one step gave. A change that was taken gives nothing.
type StepResult struct {
	Run      *RunResult
	Held     string // why a run did not bill it
	Rejected string // the code with which a change was refused
}

// RunResult is what one run billed. Lists are never nil.
type RunResult struct {
	Lines []Line `json:"lines"`
	// InvoicedUntil is the last day covered of each of its sources, inclusive; nil: none.
	InvoicedUntil map[string]*billing.Date `json:"invoicedUntil"`
	Documents     []Document               `json:"documents"`
}

// Line is a line in the form of the cases. Amounts have the decimals of their currency.
type Line struct {
	N            int            `json:"n"` // its place among the lines of the case, from 1
	Kind         billing.Kind   `json:"kind"`
	Ledger       billing.Ledger `json:"ledger"`
	BillTo       string         `json:"billTo"`
	Source       string         `json:"source"`
	Product      string         `json:"product"`
	From         billing.Date   `json:"from"`
	ToExclusive  billing.Date   `json:"toExclusive"`
	ToInclusive  billing.Date   `json:"toInclusive"`
	Units        string         `json:"units"`
	UnitPrice    string         `json:"unitPrice"`
	Months       *billing.Ratio `json:"months"` // nil: billed once
	Amount       string         `json:"amount"`
	Currency     string         `json:"currency"`
	CorrectsLine int            `json:"correctsLine,omitempty"` // the N of the line that a credit corrects
}

// Document is a document in the form of the cases.
type Document struct {
	BillTo   string               `json:"billTo"`
	Currency string               `json:"currency"`
	Type     billing.DocumentType `json:"type"`
	Total    string               `json:"total"` // never negative
	Lines    []int                `json:"lines"` // their N
}

// MarshalJSON writes the one of the four forms that the step has.
func (s StepResult) MarshalJSON() ([]byte, error) {
	switch {
	case s.Run != nil:
		return json.Marshal(s.Run)
	case s.Held != "":
		return json.Marshal(map[string]map[string]string{"held": {"reason": s.Held}})
	case s.Rejected != "":
		return json.Marshal(map[string]string{"rejected": s.Rejected})
	}
	return []byte("{}"), nil
}

// result writes what a run made in the form of the cases.
func (h *history) result(b billed) StepResult {
	if b.held != nil {
		return StepResult{Held: b.held.Reason}
	}
	return StepResult{Run: &RunResult{Lines: h.written(b), InvoicedUntil: h.invoicedUntil(), Documents: h.documents(b)}}
}

// written gives the lines in the order of the cases: billTo, credits before charges, from, source, ledger.
func (h *history) written(b billed) []Line {
	out := make([]Line, 0, len(b.lines))
	for i := range b.lines {
		out = append(out, h.line(&b.lines[i]))
	}
	slices.SortStableFunc(out, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.BillTo, b.BillTo), -cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From),
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Ledger, b.Ledger))
	})
	return out
}

// priceDecimals are the least decimals of a unit price, as on the wire.
const priceDecimals = 2

func (h *history) line(l *billing.Line) Line {
	out := Line{
		N: h.numbers[l.ID], Kind: l.Kind, Ledger: l.Ledger, BillTo: l.BillTo, Source: l.Source, Product: l.Product,
		From: l.Period.From, ToExclusive: l.Period.To, ToInclusive: billing.Inclusive(l.Period.To),
		Units: l.Units.String(), UnitPrice: l.UnitPrice.StringFixed(priceDecimals),
		Amount: l.Amount.StringFixed(int(l.Scale)), Currency: l.Currency,
	}
	if l.Months.Den != 0 {
		out.Months = &l.Months
	}
	if l.Kind == billing.Credit {
		out.CorrectsLine = h.numbers[l.CorrectsLine]
	}
	return out
}

func (h *history) invoicedUntil() map[string]*billing.Date {
	out := map[string]*billing.Date{}
	for _, id := range h.sources() {
		out[id] = nil
		if until := h.employee.InvoicedUntil(id); until != 0 {
			out[id] = &until
		}
	}
	return out
}

// sources are the ids of what it is billed for.
func (h *history) sources() []string {
	var ids []string
	for _, addon := range h.employee.Addons {
		ids = append(ids, addon.ID)
	}
	if len(h.employee.Products) > 0 {
		ids = append(ids, billing.ProductSource)
	}
	return ids
}

// documents nets the lines of one run by the reference that domain gave them, ordered by billTo.
func (h *history) documents(b billed) []Document {
	numbers := map[string][]int{}
	for i := range b.lines {
		ref := b.lines[i].DocumentRef
		numbers[ref] = append(numbers[ref], h.numbers[b.lines[i].ID])
	}
	out := []Document{}
	for _, d := range billing.Documents(b.lines, &h.world.Policy, b.asOf) {
		out = append(out, Document{
			BillTo: d.BillTo, Currency: d.Currency, Type: d.Type,
			Total: d.Total.StringFixed(int32(h.world.Policy.Decimals(d.Currency))),
			Lines: numbers[d.Ref],
		})
	}
	slices.SortStableFunc(out, func(a, b Document) int { return cmp.Compare(a.BillTo, b.BillTo) })
	return out
}

// step applies a step of a case.
func (h *history) step(s step) (StepResult, error) {
	if s.change != nil {
		code, err := h.change(*s.change)
		return StepResult{Rejected: code}, err
	}
	b, err := h.run(s.asOf)
	if err != nil {
		return StepResult{}, err
	}
	return h.result(b), nil
}
