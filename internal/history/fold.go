package history

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tenure/events"
	"tenure/internal/store"
)

// State is what the events of a stream fold into; domain.Subject is one.
type State interface {
	// Evolve takes the next event into the state.
	Evolve(events.Event)
}

// Fold folds a stream's events into its empty state, and returns what its row must be: version, state and billed days
// (in Added). Due dates depend on the time and are left out. A stream without events has version 0.
func Fold(ctx context.Context, r Reader, stream string, state State) (store.Subject, error) {
	row := store.Subject{Stream: stream}
	for recorded, err := range Each(ctx, r, stream, 1) {
		if err != nil {
			return row, err
		}
		if recorded.Version != row.Version+1 {
			return row, fmt.Errorf("history: %s has no event of version %d: its log must be restored", stream, row.Version+1)
		}
		state.Evolve(recorded.Event)
		row.Version = recorded.Version
		if invoiced, ok := recorded.Event.(events.EmployeeInvoiced); ok {
			if err := row.Bill(invoiced.Lines); err != nil {
				return row, err
			}
		}
	}
	var err error
	row.State, err = json.Marshal(state)
	return row, err
}

// SameState reports whether two stored states are the same, whichever version of the program wrote them. empty makes
// the state that they are read into.
func SameState[S State](empty func() (S, error), a, b []byte) bool {
	rewritten := func(raw []byte) []byte {
		state, err := empty()
		if err != nil || len(raw) > 0 && json.Unmarshal(raw, state) != nil {
			return nil
		}
		again, err := json.Marshal(state)
		if err != nil {
			return nil
		}
		return again
	}
	first, second := rewritten(a), rewritten(b)
	return first != nil && bytes.Equal(first, second)
}
