package history

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// Fold computes from a stream's events what its row must be: version, state and billed days (in Added), besides the
// decoded state. Due dates depend on the time and are left out. A stream without events has version 0.
func Fold(ctx context.Context, r Reader, stream string) (store.Subject, domain.Subject, error) {
	row := store.Subject{Stream: stream}
	state, err := domain.NewSubject(stream)
	if err != nil {
		return row, nil, err
	}
	for recorded, err := range Each(ctx, r, stream, 1) {
		if err != nil {
			return row, nil, err
		}
		if recorded.Version != row.Version+1 {
			return row, nil, fmt.Errorf(
				"history: %s has no event of version %d: its log must be restored",
				stream,
				row.Version+1,
			)
		}
		state.Evolve(recorded.Event)
		row.Version = recorded.Version
		if invoiced, ok := recorded.Event.(events.EmployeeInvoiced); ok {
			if err := row.Bill(invoiced.Lines); err != nil {
				return row, nil, err
			}
		}
	}
	row.State, err = json.Marshal(state)
	return row, state, err
}

// SameState reports whether two stored states of a stream are the same, whichever version of the program wrote them.
func SameState(stream string, a, b []byte) bool {
	rewritten := func(raw []byte) []byte {
		state, err := domain.NewSubject(stream)
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
