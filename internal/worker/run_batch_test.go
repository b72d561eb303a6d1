package worker

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// TestRunBatch_TimeActsByTheNewestCatalogueAlsoInARun has a run meet an employee whose product changes at that midnight
// to one that was put into the catalogue after the run had pinned its own.
func TestRunBatch_TimeActsByTheNewestCatalogueAlsoInARun(t *testing.T) {
	t.Parallel()
	first := billing.MustDate("2026-11-01")
	put := func(id string) events.Recorded {
		return events.Recorded{Stream: "product/" + id, Event: events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"}}
	}
	numbered := func(list ...events.Recorded) []events.Recorded {
		for i := range list {
			list[i].Position = int64(i + 1)
		}
		return list
	}
	company := []events.Recorded{
		{Stream: "reseller/r1", Event: events.ResellerPut{}},
		{Stream: "customer/c1", Event: events.CustomerPut{Reseller: "r1", Features: []string{domain.FeaturePBX}}}, put("old"),
	}
	pinned := domain.EmptyCatalog().With(numbered(company...)...)
	latest := domain.EmptyCatalog().With(numbered(append(company, put("new"))...)...)

	e := &domain.Employee{ID: "e1"}
	for _, event := range []events.Event{
		events.EmployeeCreated{Number: 1, Customer: "c1", Reseller: "r1", Currency: "DKK", AccessLevel: "PERSONAL",
			State: domain.StateEnabled},
		events.ProductAssigned{Product: "old", From: first.AddMonths(-1, 1)},
		events.ProductChangeScheduled{Product: "new", From: first},
	} {
		e.Evolve(event)
	}
	state, err := json.Marshal(e)
	require.NoError(t, err)

	clock := midnight(time.Date(2026, 10, 31, 23, 0, 30, 0, time.UTC)) // half a minute past it where people are
	o := &owner{Worker: &Worker{Clock: clock, Policy: billing.DefaultPolicy(), Observer: Quiet{}}}
	run := &openRun{RunShard: store.RunShard{Run: "nightly/2026-10-31", BusinessDate: first - 1},
		policy: billing.DefaultPolicy(), catalog: pinned}
	b := o.newRunBatch(run, latest, store.Known{})
	require.NoError(t, b.bill(store.Subject{Stream: "employee/e1", Version: 3, State: state}, ""))
	types := []string{}
	for _, event := range b.write.Events {
		types = append(types, event.Type)
	}
	require.Contains(t, types, (events.ProductAssigned{}).EventType())
	require.NotContains(t, types, (events.ProductChangeDropped{}).EventType())
}

func TestRunBatch_ADigestReportsWhoIsDeletedAndNotInWhichOrderTheyAreFound(t *testing.T) {
	t.Parallel()
	digest := func(leaving ...string) string {
		tally := newTally(billing.DefaultPolicy(), nil)
		for _, stream := range leaving {
			tally.deletions([]string{stream})
		}
		return tally.digest(runstate.Plan{Run: "nightly/2026-11-01"})
	}
	require.Equal(t, digest("employee/a", "employee/b"), digest("employee/b", "employee/a"))
	require.NotEqual(t, digest("employee/a", "employee/b"), digest("employee/a", "employee/c"))
}

// midnight is a clock that stands.
type midnight time.Time

// Now is that instant.
func (m midnight) Now() time.Time { return time.Time(m) }
