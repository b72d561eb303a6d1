package simulate

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tenure/billing"
)

// Override is one policy key with the text that replaces its value.
type Override struct{ Key, Value string }

// parseOverride reads KEY=VALUE. The key is checked when the policy is made.
func parseOverride(text string) (Override, error) {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" {
		return Override{}, &InputError{Path: "--policy", Problem: "must be KEY=VALUE, not " + text}
	}
	return Override{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)}, nil
}

// ParseOverrides reads each text as parseOverride does.
func ParseOverrides(texts []string) ([]Override, error) {
	var out []Override
	for _, text := range texts {
		o, err := parseOverride(text)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

// overrides reads a policy object of a file: words, numbers, booleans, null, or a list of words, in order of the keys.
func (o object) overrides(name string) []Override {
	if !o.given(name) {
		return nil
	}
	policy := o.r.object(o.at(name), o.fields[name])
	var out []Override
	for _, key := range slices.Sorted(maps.Keys(policy.fields)) {
		text, ok := policyText(policy.fields[key])
		if !ok {
			o.r.fail(policy.at(key), "must be a word, a number, true, false, null or a list of words")
		}
		out = append(out, Override{Key: key, Value: text})
	}
	return out
}

func policyText(raw json.RawMessage) (string, bool) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true // null gives the empty text
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return strings.Join(list, ","), true
	}
	return string(raw), len(raw) > 0 && raw[0] != '{' && raw[0] != '['
}

// casePolicy is the policy of cases: the default one, but documents close with each run.
func casePolicy() billing.Policy {
	p := billing.DefaultPolicy()
	p.DocumentCycle = billing.CyclePerRun
	return p
}

// policyOf applies overrides to a policy, later ones winning, and validates the whole: a contradiction may be resolved
// by a later override.
func policyOf(path string, p billing.Policy, layers ...[]Override) (billing.Policy, error) {
	for _, layer := range layers {
		for _, o := range layer {
			next, err := p.With(o.Key, o.Value)
			if err != nil {
				return p, policyError(path, err)
			}
			p = next
		}
	}
	p, err := p.Ready()
	if err != nil {
		return p, policyError(path, err)
	}
	return p, nil
}

// policyError puts the key, which billing names first, into the path.
func policyError(path string, err error) error {
	key, problem, ok := strings.Cut(strings.TrimPrefix(err.Error(), "policy "), ": ")
	if !ok {
		return &InputError{Path: path + "policy", Problem: err.Error()}
	}
	return &InputError{Path: path + "policy." + key, Problem: problem}
}
