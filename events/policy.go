package events

import "tenure/billing"

// PolicySet says which values of the billing policy hold from a local day on, and why (rule 29).
type PolicySet struct {
	Values map[string]string `json:"values"` // by key
	From   billing.Date      `json:"from"`
	// First are the values that held from the beginning; only the first event of the policy has them.
	First  map[string]string `json:"first,omitempty"`
	Reason string            `json:"reason"`
	Actor  string            `json:"actor"`
}

// EventType is billing.policy_set.v1.
func (PolicySet) EventType() string { return "billing.policy_set.v1" }
