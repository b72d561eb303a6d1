package domain

import (
	"time"

	"tenure/billing"
	"tenure/events"
)

// PolicyID is the subject of the one billing policy.
const PolicyID = "policy"

// Policy is the state of the policy's stream: its first values, and what was set after them (rule 29).
type Policy struct {
	noTimers
	ID    string                 `json:"-"`
	First map[string]string      `json:"first,omitempty"`
	Set   []billing.PolicyValues `json:"set,omitempty"`
}

// Evolve folds PolicySet.
func (p *Policy) Evolve(e events.Event) {
	if e, ok := e.(events.PolicySet); ok {
		if e.First != nil {
			p.First = e.First
		}
		p.Set = append(p.Set, billing.PolicyValues{From: e.From, Values: e.Values})
	}
}

// Decide answers SetPolicy.
func (p *Policy) Decide(c Command, w World) ([]events.Event, error) {
	if c, ok := c.(SetPolicy); ok {
		return c.decide(p, w)
	}
	return nil, errNotOnStream
}

// foldPolicy takes what was set into the catalog's policy. A log that this program cannot read as a policy stays as it
// was: it was validated when it was decided.
func (c *Catalog) foldPolicy(e events.PolicySet) {
	state := Policy{First: c.policy.First, Set: append([]billing.PolicyValues(nil), c.policy.Set...)}
	state.Evolve(e)
	c.policy = state
	first, err := billing.DefaultPolicy().WithValues(state.First)
	if err != nil {
		return
	}
	if log, err := billing.NewPolicyLog(first, state.Set); err == nil {
		c.policies = log
	}
}

// Policies are the values of the policy by day; none before the first was set.
func (c *Catalog) Policies() billing.PolicyLog { return c.policies }

// PolicyOn is PolicyAt for a local day.
func (c *Catalog) PolicyOn(d billing.Date, otherwise billing.Policy) billing.Policy {
	if len(c.policies) == 0 {
		return otherwise
	}
	return c.policies.On(d)
}

// PolicyAt is the policy that holds at an instant; the one given while none is in the log.
func (c *Catalog) PolicyAt(now time.Time, otherwise billing.Policy) billing.Policy {
	if len(c.policies) == 0 {
		return otherwise
	}
	return c.policies.At(now)
}
