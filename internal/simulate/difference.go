package simulate

import (
	"fmt"

	"tenure/billing"
)

// Difference is one value that is not what a case expects.
type Difference struct {
	Case   string `json:"case"`
	Policy string `json:"policy,omitempty"` // the keys of an alternative
	Step   int    `json:"step"`             // from 1
	Field  string `json:"field"`
	Got    string `json:"got"`
	Want   string `json:"want"`
}

// String is one line for people.
func (d Difference) String() string {
	where := d.Case
	if d.Policy != "" {
		where += " [" + d.Policy + "]"
	}
	return fmt.Sprintf("%s step %d: %s: got %s, want %s", where, d.Step, d.Field, d.Got, d.Want)
}

// Report is what a check looked at and found.
type Report struct {
	Cases        int          `json:"cases"`
	Failed       int          `json:"failed"`       // cases with a difference
	Runs         int          `json:"runs"`         // that are expected to bill or to be held
	Lines        int          `json:"lines"`        // that are expected
	Alternatives int          `json:"alternatives"` // cases run under another policy
	Differences  []Difference `json:"differences"`
}

// OK reports whether everything was as expected.
func (r Report) OK() bool { return len(r.Differences) == 0 }

// String is the summary for people.
func (r Report) String() string {
	return fmt.Sprintf("%d of %d cases as expected (%d runs, %d lines, %d alternative policies), %d differences",
		r.Cases-r.Failed, r.Cases, r.Runs, r.Lines, r.Alternatives, len(r.Differences))
}

func (k *checking) differ(field, got, want string) {
	if got == want {
		return
	}
	k.failed = true
	k.report.Differences = append(k.report.Differences, Difference{
		Case: k.id, Policy: k.policy, Step: k.step, Field: field, Got: orNothing(got), Want: orNothing(want),
	})
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func text(d *billing.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}
