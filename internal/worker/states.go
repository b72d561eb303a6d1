package worker

import (
	"context"
	"errors"
	"fmt"

	"tenure/internal/store"
)

// StatesCheck is the audit's check that is no query: it folds events as the worker does.
var StatesCheck = store.AuditCheck{
	Name: "states", Invariant: "I9", What: "the state and the covered days of a stream are the fold of its events", Slow: true,
}

const (
	// statesPage is how many names of streams are read at a time.
	statesPage = 1_000
	// statesFoundMax bounds the findings, as it is for the other checks.
	statesFoundMax = 100
	// stateLooksMax is how often a stream is looked at that moves on while it is compared.
	stateLooksMax = 5
)

// StatesAudit says which streams are compared.
type StatesAudit struct {
	Sample   int    // so many, picked by Word; 0: all
	Word     string // another word, another sample
	Progress func(compared int)
}

// AuditStates folds the events of streams again and compares the result with what is stored. What was found wrong is put
// right by store.RepairState.
func AuditStates(ctx context.Context, s *store.Store, a StatesAudit) (found []store.Violation, err error) {
	compared := 0
	err = eachStream(ctx, s, a, func(stream string) error {
		wrong, err := wrongState(ctx, s, stream)
		if err != nil {
			return err
		}
		if wrong != "" {
			found = append(found, store.Violation{Invariant: StatesCheck.Invariant, Check: StatesCheck.Name, Detail: wrong})
		}
		if compared++; a.Progress != nil {
			a.Progress(compared)
		}
		if len(found) == statesFoundMax {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// errEnough ends a walk that has found enough.
var errEnough = errors.New("enough")

func eachStream(ctx context.Context, s *store.Store, a StatesAudit, visit func(string) error) error {
	for after := ""; ; {
		page, err := s.StreamsAfter(ctx, after, statesPage)
		if a.Sample > 0 {
			page, err = s.StreamsSample(ctx, a.Word, a.Sample)
		}
		if err != nil || len(page) == 0 {
			return err
		}
		for _, stream := range page {
			if err := visit(stream); err != nil {
				return err
			}
		}
		if a.Sample > 0 {
			return nil
		}
		after = page[len(page)-1]
	}
}

// wrongState says what is wrong with a stream's row; empty: nothing. A stream that is written to meanwhile is looked at again.
func wrongState(ctx context.Context, s *store.Store, stream string) (wrong string, err error) {
	for range stateLooksMax {
		row, ok, err := s.Subject(ctx, stream)
		if err != nil || !ok {
			return "", err // checks on tables find a row that is missing
		}
		folded, _, err := Folded(ctx, s, stream)
		if err != nil {
			return fmt.Sprintf("stream %s cannot be folded: %v", stream, err), nil
		}
		differs := false
		if len(folded.Added) > 0 || folded.Version > 0 {
			if differs, err = s.CoverageDiffers(ctx, stream, folded.Added); err != nil {
				return "", err
			}
		}
		switch {
		case folded.Version != row.Version:
			wrong = fmt.Sprintf("stream %s is kept at version %d, its events end at %d", stream, row.Version, folded.Version)
		case row.Version > 0 && !SameState(stream, row.State, folded.State):
			wrong = fmt.Sprintf("the state of %s at version %d is not what its events say", stream, row.Version)
		case differs:
			wrong = fmt.Sprintf("other days of %s are covered than its lines cover", stream)
		default:
			return "", nil
		}
		again, _, err := s.Subject(ctx, stream)
		if err != nil || again.Version == row.Version {
			return wrong, err
		}
	}
	return "", nil // it is too busy to be compared, and so it is written by somebody who compares its version
}
