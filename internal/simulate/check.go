package simulate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tenure/billing"
)

// Check runs every case and compares with what it expects, the alternatives included. Errors are those of Run.
func (f File) Check(policy ...Override) (Report, error) { return f.check(false, policy) }

func (f File) check(stored bool, policy []Override) (Report, error) {
	report := Report{Differences: []Difference{}}
	for _, c := range f.cases {
		k := &checking{report: &report, id: c.id}
		if err := k.steps(c, stored, policy); err != nil {
			return report, err
		}
		for _, a := range c.alternatives {
			if err := k.alternative(c, a, stored, policy); err != nil {
				return report, err
			}
		}
		report.Cases++
		if k.failed {
			report.Failed++
		}
	}
	return report, nil
}

// checking compares one case.
type checking struct {
	report *Report
	id     string
	policy string
	step   int
	failed bool
}

// expectation is what a step expects. A list or map that is absent is not looked at.
type expectation struct {
	Lines         *[]json.RawMessage       `json:"lines"`
	InvoicedUntil map[string]*billing.Date `json:"invoicedUntil"`
	Documents     *[]Document              `json:"documents"`
	Held          bool                     `json:"held"`
	Reason        string                   `json:"reason"`
	Rejected      string                   `json:"rejected"`
}

func (k *checking) steps(c billingCase, stored bool, policy []Override) error {
	p, err := policyOf(c.path+".", casePolicy(), c.policy, policy)
	if err != nil {
		return err
	}
	results, err := c.run(p, stored)
	if err != nil {
		return err
	}
	for i, s := range c.steps {
		k.step = i + 1
		var want expectation
		if s.expect != nil {
			if err := json.Unmarshal(s.expect, &want); err != nil {
				return &InputError{Path: s.path + ".expect", Problem: err.Error()}
			}
		}
		if err := k.compare(s.path+".expect", results[i], want, s.expect != nil); err != nil {
			return err
		}
	}
	return nil
}

func (k *checking) compare(path string, got StepResult, want expectation, expected bool) error {
	k.differ("rejected", got.Rejected, want.Rejected)
	if !expected {
		return nil
	}
	k.report.Runs++
	reason := ""
	if want.Held {
		reason = want.Reason
	}
	k.differ("held", got.Held, reason)
	if got.Run == nil || want.Held {
		return nil
	}
	if want.Lines != nil {
		if err := k.lines(path, got.Run.Lines, *want.Lines, true); err != nil {
			return err
		}
	}
	k.invoicedUntil(got.Run.InvoicedUntil, want.InvoicedUntil)
	if want.Documents != nil {
		k.documents(got.Run.Documents, *want.Documents)
	}
	return nil
}

func (k *checking) invoicedUntil(got, want map[string]*billing.Date) {
	for id, until := range want {
		field := "invoicedUntil." + id
		if last, has := got[id]; has {
			k.differ(field, text(last), text(until))
		} else {
			k.differ(field, "no such source", text(until))
		}
	}
}

// lines compares lines in order; whole: also fields that an expected line does not have must be absent.
func (k *checking) lines(path string, got []Line, want []json.RawMessage, whole bool) error {
	k.report.Lines += len(want)
	k.differ("lines", strconv.Itoa(len(got)), strconv.Itoa(len(want)))
	for i, raw := range want {
		var line Line
		var given map[string]json.RawMessage
		if json.Unmarshal(raw, &given) != nil || json.Unmarshal(raw, &line) != nil {
			return &InputError{Path: fmt.Sprintf("%s.lines[%d]", path, i), Problem: "is not a line"}
		}
		if i >= len(got) {
			k.differ(fmt.Sprintf("lines[%d]", i), "", string(raw))
			continue
		}
		for _, field := range lineFields {
			if _, has := given[field.name]; has || whole {
				k.differ(fmt.Sprintf("lines[%d].%s", i, field.name), field.text(got[i]), field.text(line))
			}
		}
	}
	for i := len(want); i < len(got); i++ {
		k.differ(fmt.Sprintf("lines[%d]", i), got[i].String(), "")
	}
	return nil
}

// String is a line for people.
func (l Line) String() string {
	return fmt.Sprintf("%s %s %s %s %s to %s %s %s", l.Kind, l.Ledger, l.BillTo, l.Source, l.From, l.ToInclusive, l.Amount,
		l.Currency)
}

// lineFields are the fields of a line as text; months are equal as fractions, since a Ratio is in lowest terms.
var lineFields = []struct {
	name string
	text func(Line) string
}{
	{"n", func(l Line) string { return strconv.Itoa(l.N) }},
	{"kind", func(l Line) string { return string(l.Kind) }},
	{"ledger", func(l Line) string { return string(l.Ledger) }},
	{"billTo", func(l Line) string { return l.BillTo }},
	{"source", func(l Line) string { return l.Source }},
	{"product", func(l Line) string { return l.Product }},
	{"from", func(l Line) string { return l.From.String() }},
	{"toExclusive", func(l Line) string { return l.ToExclusive.String() }},
	{"toInclusive", func(l Line) string { return l.ToInclusive.String() }},
	{"units", func(l Line) string { return l.Units }},
	{"unitPrice", func(l Line) string { return l.UnitPrice }},
	{"months", func(l Line) string {
		if l.Months == nil {
			return ""
		}
		return l.Months.String()
	}},
	{"amount", func(l Line) string { return l.Amount }},
	{"currency", func(l Line) string { return l.Currency }},
	{"correctsLine", func(l Line) string { return strconv.Itoa(l.CorrectsLine) }},
}

func (k *checking) documents(got, want []Document) {
	k.differ("documents", strconv.Itoa(len(got)), strconv.Itoa(len(want)))
	for i := range max(len(got), len(want)) {
		field := fmt.Sprintf("documents[%d]", i)
		switch {
		case i >= len(got):
			k.differ(field, "", want[i].String())
		case i >= len(want):
			k.differ(field, got[i].String(), "")
		default:
			k.differ(field, got[i].String(), want[i].String())
		}
	}
}

// String is a document for people.
func (d Document) String() string {
	return fmt.Sprintf("%s of %s %s to %s with lines %v", d.Type, d.Total, d.Currency, d.BillTo, d.Lines)
}

func (k *checking) alternative(c billingCase, a alternative, stored bool, policy []Override) error {
	p, err := policyOf(a.path+".", casePolicy(), c.policy, policy, a.policy)
	if err != nil {
		return err
	}
	results, err := c.run(p, stored)
	if err != nil {
		return err
	}
	k.report.Alternatives++
	k.policy = a.String()
	runs := slices.Clone(a.runs)
	for i, s := range c.steps {
		if s.change != nil {
			continue
		}
		k.step = i + 1
		if len(runs) == 0 || runs[0].asOf != s.asOf {
			return &InputError{Path: a.path + ".runs", Problem: "does not have the runs of the case, in their order"}
		}
		if err := k.alternativeRun(runs[0], results[i].Run); err != nil {
			return err
		}
		runs = runs[1:]
	}
	return nil
}

// alternativeRun compares the lines of one run.
func (k *checking) alternativeRun(run expectedRun, got *RunResult) error {
	var want expectation
	if err := json.Unmarshal(run.raw, &want); err != nil || want.Lines == nil || got == nil {
		return &InputError{Path: run.path, Problem: "is not a list of lines for a run that bills"}
	}
	return k.lines(run.path, got.Lines, *want.Lines, false)
}

// String is the policy of the alternative for people.
func (a alternative) String() string {
	words := make([]string, len(a.policy))
	for i, o := range a.policy {
		words[i] = o.Key + "=" + o.Value
	}
	return strings.Join(words, " ")
}
