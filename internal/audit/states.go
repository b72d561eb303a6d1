package audit

import (
	"context"
	"errors"
	"fmt"

	"tenure/domain"
	"tenure/internal/history"
	"tenure/internal/store"
)

// statesCheck is the name of the check that folds events as the worker does.
const statesCheck = "states"

const (
	// statesPage is how many names of streams are read at a time.
	statesPage = 1_000
	// stateReadsMax is how often a stream is read that is written to while it is compared.
	stateReadsMax = 5
)

// states folds the events of streams again and compares the result with what is stored. What differs is mended with
// tenure repair state.
func (a *auditor) states(ctx context.Context) (details []string, err error) {
	compared := 0
	err = a.eachStream(ctx, func(at store.StreamPlace) error {
		wrong, err := wrongState(ctx, a.store, at)
		if err != nil {
			return err
		}
		if wrong != "" {
			details = append(details, wrong)
		}
		if compared++; a.options.Progress != nil {
			a.options.Progress.States(compared)
		}
		if len(details) == violationsMax {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return details, err
}

// errEnough ends a walk that has found enough.
var errEnough = errors.New("enough")

// eachStream visits all streams, or a sample of them.
func (a *auditor) eachStream(ctx context.Context, visit func(store.StreamPlace) error) error {
	for after := (store.StreamPlace{}); ; {
		page, err := a.store.StreamsAfter(ctx, after, statesPage)
		if a.options.Sample > 0 {
			page, err = a.store.StreamsSample(ctx, a.word, a.options.Sample)
		}
		if err != nil || len(page) == 0 {
			return err
		}
		for _, stream := range page {
			if err := visit(stream); err != nil {
				return err
			}
		}
		if a.options.Sample > 0 {
			return nil
		}
		after = page[len(page)-1]
	}
}

// wrongState says what is wrong with a stream's row; empty: nothing. A stream that is written to meanwhile is read
// again.
func wrongState(ctx context.Context, s *store.Store, at store.StreamPlace) (wrong string, err error) {
	for range stateReadsMax {
		row, ok, err := s.Subject(ctx, at.Stream)
		if err != nil {
			return "", err
		}
		if !ok || row.Shard != at.Shard {
			return fmt.Sprintf("stream %s is in shard %d, where its key does not lead", at.Stream, at.Shard), nil
		}
		if wrong, err = compareState(ctx, s, row); err != nil || wrong == "" {
			return "", err
		}
		again, _, err := s.Subject(ctx, at.Stream)
		if err != nil || again.Version == row.Version {
			return wrong, err
		}
	}
	return "", nil // a stream that is written to this often is compared by its writer
}

// compareState says in what a kept state differs from the fold of its events; empty: in nothing.
func compareState(ctx context.Context, s *store.Store, row store.Subject) (string, error) {
	stream := row.Stream
	state, err := domain.NewSubject(stream)
	if err != nil {
		return fmt.Sprintf("stream %s is of no kind: %v", stream, err), nil
	}
	folded, err := history.Fold(ctx, s, stream, state)
	if err != nil {
		return fmt.Sprintf("stream %s cannot be folded: %v", stream, err), nil
	}
	differs := false
	if len(folded.Added) > 0 || folded.Version > 0 {
		if differs, err = s.CoverageDiffers(ctx, store.StreamPlace{Shard: row.Shard, Stream: stream},
			folded.Added); err != nil {
			return "", err
		}
	}
	switch {
	case folded.Version != row.Version:
		return fmt.Sprintf("stream %s is kept at version %d, its events end at %d", stream, row.Version, folded.Version), nil
	case row.Version > 0 && !sameState(stream, row.State, folded.State):
		return fmt.Sprintf("the state of %s at version %d is not what its events say", stream, row.Version), nil
	case differs:
		return fmt.Sprintf("other days of %s are billed than its lines bill", stream), nil
	}
	return "", nil
}

// sameState reports whether two stored states of a stream are the same.
func sameState(stream string, a, b []byte) bool {
	return history.SameState(func() (domain.Subject, error) { return domain.NewSubject(stream) }, a, b)
}
