package runstate

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/store"
)

// prefix begins the streams of all nights; they follow each other as their dates do.
var prefix = domain.Stream(domain.KindRun, domain.RunNightly) + "/"

// afterAll is greater than every night's stream.
const afterAll = "\U0010FFFF"

const (
	// nightsPage is how many nights are read in one round trip: usually the newest is wanted, or the one before it, while
	// the newest is only planned. Their states are kilobytes, and the newest one is asked for all the time.
	nightsPage = 2
	// nightsMax is how many nights are looked at.
	nightsMax = 40
)

// Read returns the state of a run; one that is neither planned nor started yet is empty.
func Read(ctx context.Context, s *store.Store, id string) (*domain.Run, error) {
	row, ok, err := s.Subject(ctx, domain.Stream(domain.KindRun, id))
	if err != nil || !ok {
		return &domain.Run{ID: id}, err
	}
	return runOf(id, row)
}

// runOf is the run that a row holds.
func runOf(id string, row store.Subject) (*domain.Run, error) {
	run, stream := &domain.Run{ID: id}, domain.Stream(domain.KindRun, id)
	if len(row.State) == 0 {
		return run, nil
	}
	if row.Version == 0 && row.Parked {
		return run, fmt.Errorf("runstate: %s is parked before it began; see: tenure parked list --stream %s", id, stream)
	}
	if err := json.Unmarshal(row.State, run); err != nil {
		return run, fmt.Errorf("runstate: state of %s: %w", stream, err)
	}
	return run, nil
}

// Last reads the newest run that has started; nil before the first.
func Last(ctx context.Context, s *store.Store) (*domain.Run, error) {
	return Before(ctx, s, prefix+afterAll, started)
}

// LastAndOpen reads the newest run that has started, and the oldest that has started and is not complete; nil: there is
// none. Usually both are one run. After a restore Kafka may still hold the starts of several nights. Both come from one
// look at each run: read one after the other, a run that completes between the reads would be open to the first and
// gone for the second.
func LastAndOpen(ctx context.Context, s *store.Store) (last, open *domain.Run, err error) {
	_, err = Before(ctx, s, prefix+afterAll, func(r *domain.Run) bool {
		if r.Started != nil && last == nil {
			last = r
		}
		if r.Started != nil && !r.Completed {
			open = r
		}
		return r.Completed
	})
	if err != nil {
		return nil, nil, err
	}
	return last, open, nil
}

func started(r *domain.Run) bool { return r.Started != nil }

// Before finds the newest run before a stream that is as wanted; nil: there is none among the last of them. A run that
// was planned only, or for tomorrow, may come before those that have started.
func Before(ctx context.Context, s *store.Store, stream string, wanted func(*domain.Run) bool) (*domain.Run, error) {
	for range nightsMax / nightsPage {
		page, err := s.SubjectsBefore(ctx, prefix, stream, nightsPage)
		if err != nil {
			return nil, err
		}
		for _, row := range page {
			_, id := domain.SplitStream(row.Stream)
			run, err := runOf(id, row)
			if err != nil || wanted(run) {
				return run, err
			}
			stream = row.Stream
		}
		if len(page) < nightsPage {
			return nil, nil
		}
	}
	return nil, nil
}

// previous is the newest run before another one that has started; nil: there is none.
func previous(ctx context.Context, s *store.Store, run string) (*domain.Run, error) {
	return Before(ctx, s, domain.Stream(domain.KindRun, run), started)
}

// Missing lists the nights up to now that are not complete, the one under way among them, oldest first.
func Missing(ctx context.Context, s *store.Store, now time.Time, zone *time.Location) ([]billing.Date, error) {
	last, open, err := LastAndOpen(ctx, s)
	if err != nil {
		return nil, err
	}
	tonight := domain.Tonight(now, zone)
	if last == nil {
		return domain.Nights(0, tonight), nil
	}
	missing := domain.Nights(last.Started.BusinessDate, tonight)
	if open != nil {
		missing = append([]billing.Date{open.Started.BusinessDate}, missing...)
	}
	return missing, nil
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
	return UpTo(last), err
}

// UpTo is the newest night that is complete; 0: none. The nights before the one that is under way are.
func UpTo(last *domain.Run) billing.Date {
	switch {
	case last == nil:
		return 0
	case last.Completed:
		return last.Started.BusinessDate
	}
	return last.Started.BusinessDate - 1
}
