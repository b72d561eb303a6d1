package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/scheduler"
)

// prefix begins the streams of all nights; they follow each other as their dates do.
var prefix = domain.Stream(domain.KindRun, domain.RunNightly) + "/"

// afterAll is greater than every night's stream.
const afterAll = "\U0010FFFF"

// nightsPage is how many nights are read in one round trip.
const nightsPage = 40

// Read returns the state of a run; one that is neither planned nor started yet is empty.
func Read(ctx context.Context, s *store.Store, id string) (*domain.Run, error) {
	run := &domain.Run{ID: id}
	stream := domain.Stream(domain.KindRun, id)
	row, ok, err := s.Subject(ctx, stream)
	if err != nil || !ok || len(row.State) == 0 {
		return run, err
	}
	if row.Version == 0 && row.Parked {
		return run, fmt.Errorf("runs: %s is parked before it began; see: tenure parked list --stream %s", id, stream)
	}
	if err := json.Unmarshal(row.State, run); err != nil {
		return run, fmt.Errorf("runs: state of %s: %w", stream, err)
	}
	return run, nil
}

// Last reads the newest run that has started; nil before the first.
func Last(ctx context.Context, s *store.Store) (*domain.Run, error) {
	return before(ctx, s, prefix+afterAll, func(r *domain.Run) bool { return r.Started != nil })
}

// before finds the newest run before a stream that is as wanted; nil: there is none among the last of them. A run that
// was planned only, or for tomorrow, may come before those that have started.
func before(ctx context.Context, s *store.Store, stream string, wanted func(*domain.Run) bool) (*domain.Run, error) {
	page, err := s.StreamsBefore(ctx, prefix, stream, nightsPage)
	if err != nil {
		return nil, err
	}
	for _, stream := range page {
		_, id := domain.SplitStream(stream)
		run, err := Read(ctx, s, id)
		if err != nil {
			return nil, err
		}
		if wanted(run) {
			return run, nil
		}
	}
	return nil, nil
}

// previous is the run before another that has started.
func previous(ctx context.Context, s *store.Store, run *domain.Run) (*domain.Run, error) {
	return before(ctx, s, domain.Stream(domain.KindRun, run.ID), func(r *domain.Run) bool { return r.Started != nil })
}

// Comparable is the run that a night is compared with: the last one before it that is complete and was not abandoned,
// of a first for a first, and else not of a first; nil when there is none.
func Comparable(ctx context.Context, s *store.Store, night billing.Date) (*scheduler.Comparable, error) {
	stream := domain.Stream(domain.KindRun, domain.RunID(domain.RunNightly, night))
	run, err := before(ctx, s, stream, func(r *domain.Run) bool {
		return r.Completed && r.Abandoned == "" && scheduler.ComparableWith(night, r.Started.BusinessDate)
	})
	if err != nil || run == nil {
		return nil, err
	}
	completed, err := Completed(ctx, s, run.ID)
	if err != nil {
		return nil, err
	}
	return scheduler.ComparableOf(completed), nil
}

// Completed reads how a run ended.
func Completed(ctx context.Context, s *store.Store, id string) (events.RunCompleted, error) {
	completed, ok, err := history.Find[events.RunCompleted](ctx, s, domain.Stream(domain.KindRun, id))
	if err == nil && !ok {
		err = fmt.Errorf("runs: %s is not complete", id)
	}
	return completed.Event, err
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

// NightOf reads the business date in the name of a nightly run.
func NightOf(id string) (billing.Date, error) {
	text, ok := strings.CutPrefix(id, domain.RunNightly+"/")
	date, err := billing.ParseDate(text)
	if err != nil || !ok {
		return 0, fmt.Errorf(
			"%q is no run: they are named like %s",
			id,
			domain.RunID(domain.RunNightly, billing.MustDate("2026-11-01")),
		)
	}
	return date, nil
}

// ID names the run of a night.
func ID(night billing.Date) string { return domain.RunID(domain.RunNightly, night) }

// CompleteUpTo is the newest night up to which all are complete; 0: none.
func CompleteUpTo(ctx context.Context, s *store.Store) (billing.Date, error) {
	last, err := Last(ctx, s)
	return completeUpTo(last), err
}

// Blocked returns the state of a night that waits for an operator: StateWaiting, with the bounds that its plan exceeds,
// for an approval, StateHalted for a resumption. Its State is empty when the night continues automatically.
func Blocked(ctx context.Context, s *store.Store, date billing.Date) (Status, error) {
	run, err := Read(ctx, s, ID(date))
	if err != nil {
		return Status{}, err
	}
	status := Status{Run: run.ID}
	if run.Planned != nil {
		status.Plan, status.Breaches = run.Planned.Digest, run.Planned.Breaches
	}
	halted, err := invoicingHalted(ctx, s)
	switch state := (&night{run: run, halted: halted}).stage().state; state {
	case StateHalted, StateWaiting:
		status.State = state
	}
	return status, err
}
