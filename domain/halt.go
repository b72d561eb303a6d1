package domain

import (
	"tenure/events"
)

// HaltID is the one subject of kind halt: what operators have halted, in all runs and shards.
const HaltID = "runs"

// What can be halted.
const (
	ScopeInvoicing = "invoicing" // runs: their chunks, documents and ends
	ScopeDeletions = "deletions" // deletions that are due, and what they ask other systems to delete
	scopeAll       = "all"
)

// Halt is the state of what operators have halted.
type Halt struct {
	noTimers
	ID      string            `json:"-"`
	Reasons map[string]string `json:"reasons,omitempty"` // by what is halted
}

// Evolve folds RunsHalted and RunsResumed.
func (h *Halt) Evolve(e events.Event) {
	switch e := e.(type) {
	case events.RunsHalted:
		if h.Reasons == nil {
			h.Reasons = map[string]string{}
		}
		for _, scope := range e.Scopes {
			h.Reasons[scope] = e.Reason
		}
	case events.RunsResumed:
		for _, scope := range e.Scopes {
			delete(h.Reasons, scope)
		}
	}
}

// Decide answers HaltRuns and ResumeRuns.
func (h *Halt) Decide(c Command, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	if h.ID != HaltID {
		return nil, reject(statusNotFound, "halt", "The only subject of halts is "+HaltID)
	}
	switch c := c.(type) {
	case HaltRuns:
		return c.decide(h)
	case ResumeRuns:
		return c.decide(h)
	}
	return nil, errNotOnStream
}

func scopesOf(scope, reason string) ([]string, *Rejection) {
	if refused := checkReason(reason); refused != nil {
		return nil, refused
	}
	switch scope {
	case scopeAll:
		return []string{ScopeInvoicing, ScopeDeletions}, nil
	case ScopeInvoicing, ScopeDeletions:
		return []string{scope}, nil
	}
	return nil, invalid("scope", "is one of invoicing, deletions, all")
}
