package domain

import (
	"slices"

	"tenure/access"
	"tenure/events"
)

// ResumeRuns is run.resume: what its scope names continues where it stopped.
type ResumeRuns struct {
	Scope  string `json:"scope"` // invoicing, deletions, all
	Reason string `json:"reason"`
}

// Kind is halt.
func (ResumeRuns) Kind() string { return KindHalt }

// Operation is run.
func (ResumeRuns) Operation() access.Operation { return access.Run }

func (c ResumeRuns) decide(h *Halt) ([]events.Event, error) {
	scopes, refused := scopesOf(c.Scope, c.Reason)
	if refused != nil {
		return nil, refused
	}
	scopes = slices.DeleteFunc(scopes, func(scope string) bool { return h.Reasons[scope] == "" })
	if len(scopes) == 0 {
		return nil, nil
	}
	return []events.Event{events.RunsResumed{Scopes: scopes, Reason: c.Reason}}, nil
}
