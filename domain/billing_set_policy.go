package domain

import (
	"maps"
	"slices"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// SetPolicy is billing.set_policy, sent with the key billing to catalog.commands: values of the billing policy that
// hold from a day on. A period is rated by what holds on its first day, so nothing that was billed changes (rule 29).
type SetPolicy struct {
	Values map[string]string `json:"values"` // by key, as on the command line
	From   Day               `json:"from"`   // default tomorrow
	Reason string            `json:"reason"`
}

// Kind is policy.
func (SetPolicy) Kind() string { return KindPolicy }

// Operation is bill.
func (SetPolicy) Operation() access.Operation { return access.Bill }

func (c SetPolicy) decide(p *Policy, w World) ([]events.Event, error) {
	if err := mayBill(w, c.Reason); err != nil {
		return nil, err
	}
	from := c.From.in(w)
	if from == 0 {
		from = w.Today() + 1
	}
	switch {
	case p.ID != PolicyID:
		return nil, reject(statusNotFound, "subject", "The policy is the subject "+PolicyID)
	case len(c.Values) == 0:
		return nil, invalid("values", "is required")
	case from <= w.Today():
		return nil, invalid("from", "Must be after today: days that began are rated by what held on them")
	}
	set := events.PolicySet{Values: c.Values, From: from, Reason: c.Reason, Actor: w.who()}
	first := p.First
	if first == nil {
		first = w.Policy.Values()
		set.First = first
	}
	before, after, refused := c.compare(p, first, set)
	if refused != nil {
		return nil, refused
	}
	if maps.Equal(before, after) {
		return nil, nil
	}
	return []events.Event{set}, nil
}

// compare gives the values that hold on the day before and after the command, and refuses what is no policy.
func (c SetPolicy) compare(p *Policy, first map[string]string, set events.PolicySet) (before, after map[string]string,
	refused error) {
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		if !slices.Contains(billing.PolicyKeys(), key) {
			return nil, nil, invalid("values."+key, "is not a key of the policy")
		}
	}
	policy, err := billing.DefaultPolicy().WithValues(first)
	if err != nil {
		return nil, nil, invalid("values", err.Error())
	}
	was, err := billing.NewPolicyLog(policy, p.Set)
	if err != nil {
		return nil, nil, invalid("values", err.Error())
	}
	is, err := billing.NewPolicyLog(policy, append(slices.Clone(p.Set), billing.PolicyValues{From: set.From,
		Values: set.Values}))
	if err != nil {
		_, problem, _ := strings.Cut(err.Error(), "policy ")
		return nil, nil, invalid("values", problem)
	}
	return was.On(set.From).Values(), is.On(set.From).Values(), nil
}
