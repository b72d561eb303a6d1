package simulate

import (
	"encoding/json"

	"tenure/billing"
)

// File is a file of cases, read and checked in its form.
type File struct{ cases []billingCase }

// Len is the number of cases.
func (f File) Len() int { return len(f.cases) }

// billingCase is one case. What is expected stays as it was written: only Check reads it.
type billingCase struct {
	path, id     string
	policy       []Override
	given        given
	steps        []step
	alternatives []alternative
}

// step is a change, or a run as of a moment with what is expected of it.
type step struct {
	path   string
	change *change
	asOf   moment
	expect json.RawMessage
}

// alternative is what the case's runs give under other policy keys.
type alternative struct {
	path   string
	policy []Override
	runs   []expectedRun
}

type expectedRun struct {
	path string
	asOf moment
	raw  json.RawMessage
}

// caseKeys are the properties of a case; all but the last four are for its reader.
var caseKeys = []string{
	"id", "group", "title", "rule", "choice", "source", "anchorFigure", "note", "description", "tags",
	"policy", "given", "steps", "alternatives",
}

// ReadCases reads a file of cases. The error is an *InputError that names the property.
func ReadCases(raw []byte) (File, error) {
	r := &reading{}
	root := r.root(raw, "meta", "cases")
	root.need("cases")
	var f File
	root.list("cases", func(path string, raw json.RawMessage) {
		if r.err == nil {
			f.cases = append(f.cases, r.oneCase(path, len(f.cases), raw))
		}
	})
	return f, r.err
}

func (r *reading) oneCase(path string, place int, raw json.RawMessage) billingCase {
	o := r.object(path, raw, caseKeys...)
	c := billingCase{id: o.name("id")}
	c.path = label(place, c.id)
	o.path = c.path
	o.need("given", "steps")
	c.policy = o.overrides("policy")
	c.given = r.object(o.at("given"), o.fields["given"], givenKeys...).givenState()
	o.list("steps", func(path string, raw json.RawMessage) { c.steps = append(c.steps, r.step(path, raw)) })
	o.list("alternatives", func(path string, raw json.RawMessage) {
		c.alternatives = append(c.alternatives, r.alternative(path, raw))
	})
	return c
}

func (r *reading) step(path string, raw json.RawMessage) step {
	o := r.object(path, raw, "change", "run", "expect")
	s := step{path: path, expect: o.fields["expect"]}
	switch {
	case o.given("change") == o.given("run"):
		r.fail(path, "must have either a change or a run")
	case o.given("change"):
		c := r.change(o.at("change"), o.fields["change"])
		s.change = &c
	default:
		s.asOf = r.object(o.at("run"), o.fields["run"], "asOf").someMoment("asOf")
	}
	return s
}

func (r *reading) alternative(path string, raw json.RawMessage) alternative {
	o := r.object(path, raw, "policy", "runs", "note")
	a := alternative{path: path, policy: o.overrides("policy")}
	o.list("runs", func(path string, raw json.RawMessage) {
		run := r.object(path, raw)
		a.runs = append(a.runs, expectedRun{path: path, asOf: run.someMoment("asOf"), raw: raw})
	})
	return a
}

// Run runs every case, with the policy keys given here in place of the cases' own. What is expected is ignored. The
// error is an *InputError where a case cannot be run as it stands; another is a fault of the program.
func (f File) Run(policy ...Override) (Result, error) { return f.run(false, policy) }

func (f File) run(stored bool, policy []Override) (Result, error) {
	out := Result{Cases: make([]CaseResult, 0, len(f.cases))}
	for _, c := range f.cases {
		p, err := policyOf(c.path+".", casePolicy(), c.policy, policy)
		if err != nil {
			return out, err
		}
		steps, err := c.run(p, stored)
		if err != nil {
			return out, err
		}
		out.Cases = append(out.Cases, CaseResult{ID: c.id, Steps: steps})
	}
	return out, nil
}

func (c billingCase) run(p billing.Policy, stored bool) ([]StepResult, error) {
	h, err := begin(c.given, p, stored)
	if err != nil {
		return nil, err
	}
	out := make([]StepResult, 0, len(c.steps))
	for _, s := range c.steps {
		result, err := h.step(s)
		if err != nil {
			return nil, err
		}
		out = append(out, result)
	}
	return out, nil
}
