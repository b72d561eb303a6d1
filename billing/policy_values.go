package billing

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// PolicyKeys are the keys of a policy, sorted.
func PolicyKeys() []string {
	keys := slices.Collect(maps.Keys(others))
	for _, c := range choices {
		keys = append(keys, c.key)
	}
	slices.Sort(keys)
	return keys
}

// Values are the policy's keys as texts, as [Policy.With] reads them.
func (p Policy) Values() map[string]string {
	ledgers := make([]string, len(p.Ledgers))
	for i, l := range p.Ledgers {
		ledgers[i] = string(l)
	}
	values := map[string]string{
		"timezone": p.Timezone, "currency": p.Currency, "anchorDay": orNone(p.AnchorDay),
		"anchorMonth": orNone(p.AnchorMonth),
		"scale":       strconv.Itoa(p.Scale), "periodsMax": strconv.Itoa(p.PeriodsMax),
		"backdateMonths": strconv.Itoa(p.BackdateMonths),
		"oneOffCredit":   strconv.FormatBool(p.OneOffCredit),
		"ledgers":        strings.Join(ledgers, ","),
	}
	for _, c := range choices {
		values[c.key] = *c.field(&p)
	}
	return values
}

// orNone writes a number that may be left out.
func orNone(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// WithValues returns the policy with several keys set, and validated as a whole.
func (p Policy) WithValues(values map[string]string) (Policy, error) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		next, err := p.With(key, values[key])
		if err != nil {
			return p, err
		}
		p = next
	}
	return p.Ready()
}

// PolicyValues are keys of a policy that hold from a day on.
type PolicyValues struct {
	From   Date              `json:"from"`
	Values map[string]string `json:"values"`
}

// NewPolicyLog is the log of a first policy and what was set after it, in the order
// of arrival. Each key has its own timeline: a value holds until the key's next
// one, and on one day the last that was set wins.
func NewPolicyLog(first Policy, set []PolicyValues) (PolicyLog, error) {
	log := PolicyLog{}.With(0, first)
	var days []Date
	for _, s := range set {
		days = append(days, s.From)
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		p, err := first.WithValues(valuesOn(set, day))
		if err != nil {
			return nil, fmt.Errorf("from %s: %w", day, err)
		}
		log = log.With(day, p)
	}
	return log, nil
}

// valuesOn are the keys that were set for a day or before it.
func valuesOn(set []PolicyValues, day Date) map[string]string {
	values, since := map[string]string{}, map[string]Date{}
	for _, s := range set {
		for key, value := range s.Values {
			if s.From <= day && s.From >= since[key] {
				values[key], since[key] = value, s.From
			}
		}
	}
	return values
}

// Begins reports whether another policy begins to hold on the day.
func (l PolicyLog) Begins(d Date) bool {
	return slices.ContainsFunc(l, func(e Effective[Policy]) bool { return e.From == d && d != 0 })
}
