package domain

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/events"
)

// SetPolicy is billing.set_policy, sent with the key policy to catalog.commands: a key of the billing policy with its
// value, and in values others that change with it, from a day on. A period is rated by what holds on its first day, so
// nothing that was billed changes (rule 29).
type SetPolicy struct {
	Key    string                 `json:"key"`
	Value  PolicyValue            `json:"value"`
	Values map[string]PolicyValue `json:"values"`
	From   Day                    `json:"from"` // default tomorrow
	Reason string                 `json:"reason"`
}

// PolicyValue is the value of a key of the policy as the command line has it. JSON may also bring it as what it is: a
// number, true or false, or a list of words. The zero PolicyValue is absent.
type PolicyValue string

var errPolicyValue = errors.New("must be a text that is not empty, a number, true, false, or a list of such texts")

// UnmarshalJSON reads a value as a text. A key that may be left out, such as anchorDay, is so by null.
func (v *PolicyValue) UnmarshalJSON(raw []byte) error {
	var words []string
	switch raw[0] {
	case '"':
		words = []string{""}
		if err := json.Unmarshal(raw, &words[0]); err != nil {
			return err
		}
	case '[':
		if json.Unmarshal(raw, &words) != nil {
			return errPolicyValue
		}
	case '{':
		return errPolicyValue
	default:
		words = []string{string(raw)}
	}
	if len(words) == 0 || slices.Contains(words, "") {
		return errPolicyValue
	}
	*v = PolicyValue(strings.Join(words, ","))
	return nil
}

// Kind is policy.
func (SetPolicy) Kind() string { return KindPolicy }

// Operation is bill.
func (SetPolicy) Operation() access.Operation { return access.Bill }

func (c SetPolicy) decide(p *Policy, w World) ([]events.Event, error) {
	if err := mayBill(w, c.Reason); err != nil {
		return nil, err
	}
	values, refused := c.values()
	from := c.From.in(w)
	if from == 0 {
		from = w.Today() + 1
	}
	switch {
	case p.ID != PolicyID:
		return nil, reject(statusNotFound, "subject", "The policy is the subject "+PolicyID)
	case refused != nil:
		return nil, refused
	case from <= w.Today():
		return nil, invalid("from", "Must be after today: days that began are rated by what held on them")
	}
	set := events.PolicySet{Values: values, From: from, Reason: c.Reason, Actor: w.who()}
	first := p.First
	if first == nil {
		first = w.Policy.Values()
		set.First = first
	}
	before, after, err := comparePolicies(p, first, set)
	if err != nil {
		return nil, c.contradiction(err)
	}
	if maps.Equal(before, after) {
		return nil, nil
	}
	return []events.Event{set}, nil
}

// values gives what is set, by key, and refuses what is no key of the policy.
func (c SetPolicy) values() (map[string]string, error) {
	values := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		if !slices.Contains(billing.PolicyKeys(), key) {
			return nil, invalid("values."+key, "is not a key of the policy")
		}
		values[key] = string(c.Values[key])
	}
	_, twice := values[c.Key]
	switch {
	case c.Key == "" && (c.Value != "" || len(values) == 0):
		return nil, invalid("key", "is required")
	case c.Key == "":
		return values, nil
	case !slices.Contains(billing.PolicyKeys(), c.Key):
		return nil, invalid("key", "is not a key of the policy")
	case c.Value == "":
		return nil, invalid("value", "is required")
	case twice:
		return nil, invalid("values."+c.Key, "is given twice")
	}
	values[c.Key] = string(c.Value)
	return values, nil
}

// contradiction is the refusal of values that are no policy, alone or together with those that hold.
func (c SetPolicy) contradiction(err error) error {
	property := "values"
	if c.Key != "" {
		property = "value"
	}
	message := wordsOf(err)
	if _, problem, ok := strings.Cut(message, "policy "); ok {
		message = problem
	}
	return invalid(property, message)
}

// comparePolicies gives the values that hold on the day before and after a command, and refuses what is no policy.
func comparePolicies(p *Policy, first map[string]string, set events.PolicySet) (before, after map[string]string,
	err error) {
	policy, err := billing.DefaultPolicy().WithValues(first)
	if err != nil {
		return nil, nil, err
	}
	was, err := billing.NewPolicyLog(policy, p.Set)
	if err != nil {
		return nil, nil, err
	}
	is, err := billing.NewPolicyLog(policy, append(slices.Clone(p.Set), billing.PolicyValues{From: set.From,
		Values: set.Values}))
	if err != nil {
		return nil, nil, err
	}
	return was.On(set.From).Values(), is.On(set.From).Values(), nil
}
