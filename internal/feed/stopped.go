package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenure/internal/store"
)

// ErrStopped says that a reader is stopped in a shard until an operator acts: nothing is gained by waiting for it.
var ErrStopped = errors.New("a reader is stopped")

// AliveFor is how old the last sign of life of a process may be for what it says to hold.
const AliveFor = 15 * time.Second

// Troubles lists the readers that do not continue in a shard, as the running processes say.
func Troubles(ctx context.Context, s *store.Store) ([]store.ReaderTrouble, error) {
	processes, err := s.Processes(ctx)
	if err != nil {
		return nil, fmt.Errorf("feed: troubles of readers: %w", err)
	}
	var all []store.ReaderTrouble
	for _, p := range processes {
		if p.Age < AliveFor {
			all = append(all, p.Readers...)
		}
	}
	return all, nil
}

// stopped returns an error that is ErrStopped where one of the troubles is for good.
func stopped(troubles []store.ReaderTrouble) error {
	var found []string
	for _, t := range troubles {
		if t.Final {
			found = append(found, t.String())
		}
	}
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s; next: tenure check", ErrStopped, strings.Join(found, "; "))
}
