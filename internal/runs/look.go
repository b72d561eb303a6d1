package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
	"tenure/scheduler"
)

// Last reads the newest run; nil before the first.
func Last(ctx context.Context, s *store.Store) (*domain.Run, error) {
	stream, err := s.LastStream(ctx, domain.Stream(domain.KindRun, domain.RunNightly)+"/")
	if err != nil || stream == "" {
		return nil, err
	}
	row, _, err := s.Subject(ctx, stream)
	if err != nil {
		return nil, err
	}
	_, id := domain.SplitStream(stream)
	run := &domain.Run{ID: id}
	if err := json.Unmarshal(row.State, run); err != nil {
		return nil, fmt.Errorf("runs: state of %s: %w", stream, err)
	}
	if run.Started == nil {
		return nil, fmt.Errorf("runs: %s is parked before it began; see: tenure parked list --stream %s", id, stream)
	}
	return run, nil
}

// Missing lists the nights up to now that are not complete, the one under way among them, oldest first.
func Missing(ctx context.Context, s *store.Store, now time.Time, zone *time.Location) ([]billing.Date, error) {
	last, err := Last(ctx, s)
	if err != nil {
		return nil, err
	}
	tonight := scheduler.Tonight(now, zone)
	if last == nil {
		return scheduler.Nights(0, tonight), nil
	}
	date := last.Started.BusinessDate
	if last.Completed {
		return scheduler.Nights(date, tonight), nil
	}
	return append([]billing.Date{date}, scheduler.Nights(date, tonight)...), nil
}
