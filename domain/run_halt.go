package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// HaltRuns is run.halt: what its scope names stops until an operator resumes it. Chunks that are being written come to
// their end, nothing else does.
type HaltRuns struct {
	Scope  string `json:"scope"` // invoicing, deletions, all
	Reason string `json:"reason"`
}

// Kind is halt.
func (HaltRuns) Kind() string { return KindHalt }

// Operation is run.
func (HaltRuns) Operation() access.Operation { return access.Run }

func (c HaltRuns) decide(h *Halt) ([]events.Event, error) {
	scopes, refused := scopesOf(c.Scope, c.Reason)
	if refused != nil {
		return nil, refused
	}
	scopes = slices.DeleteFunc(scopes, func(scope string) bool { return h.Reasons[scope] != "" })
	if len(scopes) == 0 {
		return nil, nil
	}
	return []events.Event{events.RunsHalted{Scopes: scopes, Reason: c.Reason}}, nil
}
