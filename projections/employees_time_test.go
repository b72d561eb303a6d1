package projections_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

func TestEmployeesTime_ShowsWhatTimeDid(t *testing.T) {
	t.Parallel()
	db := feedtest.NewDatabase(t)
	j := feedtest.NewJournal(t, db.Store)
	id := feedtest.Employee(3)[len("employee/"):]
	nine := time.Date(2026, 5, 20, 7, 0, 0, 0, time.UTC)
	slots := []events.AutoPresence{{WeekDays: []int{1, 2}, TimeOfDay: "16:00", State: "OFF_WORK"}}
	account := func(id string) events.Event {
		return events.MvnoAccountAttached{Account: events.MvnoAccount{ID: id, State: "ACTIVE", RatePlan: "r-1"}}
	}
	appendInPages(j, 7, feedtest.Of(feedtest.Employee(3),
		feedtest.Created(3), account("m-1"), account("m-2"), account("m-3"), account("m-4"),
		events.PresenceChanged{Presence: events.Presence{State: "BUSY"}, Cause: "COMMAND", Since: nine},
		events.AutoPresenceSet{Slots: slots, Since: nine},
		events.PresenceChanged{Presence: events.Presence{State: "OFF_WORK"}, Cause: "AUTO", Since: nine.Add(7 * time.Hour)},
		events.RatePlanChangeScheduled{Account: "m-1", RatePlan: "r-2", From: day("2026-06-01")},
		events.RatePlanChangeScheduled{Account: "m-2", RatePlan: "r-2", From: day("2026-06-01")},
		events.RatePlanChangeScheduled{Account: "m-3", RatePlan: "r-2", From: day("2026-06-01")},
		events.RatePlanChangeScheduled{Account: "m-4", RatePlan: "r-2", From: day("2026-06-01")},
		events.RatePlanChanged{Account: "m-1", RatePlan: "r-2", From: day("2026-06-01")},
		events.RatePlanChangeDropped{Account: "m-2", RatePlan: "r-2", Reason: "PRODUCT"},
		events.RatePlanChangeCancelled{Account: "m-3"},
		events.ProductChangeScheduled{Product: "product-2", From: day("2026-07-01")},
		events.ProductAssigned{Product: "product-1", From: day("2026-06-10")},
	))
	project(t, db, projections.Directory{})
	e, _, err := projections.EmployeeByID(t.Context(), db, id)
	require.NoError(t, err)
	require.Equal(t, &events.Presence{State: "OFF_WORK"}, e.Presence)
	require.Equal(t, slots, e.Auto)
	require.Equal(t, &projections.NewProduct{Product: "product-2", From: day("2026-07-01")}, e.NewProduct,
		"another product in between leaves what is scheduled")
	var plans []string
	for _, a := range e.Accounts {
		plans = append(plans, a.RatePlan+" "+a.NewRatePlan)
	}
	require.Equal(t, []string{"r-2 ", "r-1 ", "r-1 ", "r-1 r-2"}, plans)

	j.Append(7, feedtest.Of(feedtest.Employee(3),
		events.DeletionScheduled{Date: day("2026-06-20"), At: time.Date(2026, 6, 20, 20, 0, 0, 0, time.UTC),
			DeleteMvnoAccounts: true},
		events.DeletionStarted{Date: day("2026-06-20")}, events.MvnoDeletionRequested{ID: "m-1", Attempt: 1},
		events.MvnoDeletionRequested{ID: "m-4", Attempt: 1},
		events.MvnoAccountRestored{Account: events.MvnoAccount{ID: "m-4", State: "ACTIVE"}},
		events.DeletionStalled{MvnoAccounts: []string{"m-1"}})...)
	project(t, db, projections.Directory{})
	e, _, err = projections.EmployeeByID(t.Context(), db, id)
	require.NoError(t, err)
	require.True(t, e.Deletion.Stalled)
	require.Equal(t, []string{"DELETING", "ACTIVE", "ACTIVE"},
		[]string{e.Accounts[0].State, e.Accounts[1].State, e.Accounts[2].State},
		"a restored one is its own no more")
	again(t, db, projections.Directory{}, "directory")

	stalled, err := projections.StalledDeletions(t.Context(), db, 10)
	require.NoError(t, err)
	require.Len(t, stalled, 1)
	require.Equal(t, e, stalled[0])
	j.Append(7, feedtest.Of(feedtest.Employee(3), events.MvnoAccountDeleted{ID: "m-1"},
		events.EmployeeDeleted{Date: day("2026-06-20")})...)
	project(t, db, projections.Directory{})
	stalled, err = projections.StalledDeletions(t.Context(), db, 10)
	require.NoError(t, err)
	require.Empty(t, stalled, "a confirmation that comes late ends it")
}

func TestEmployeesTime_ADocumentAsItWasIsTheFoldUntilThen(t *testing.T) {
	t.Parallel()
	life := aLife(4)
	history := make([]events.Recorded, len(life))
	for i, f := range life {
		history[i] = events.Recorded{Stream: f.Stream, Version: int32(i + 1), Position: int64(i + 1), Event: f.Event}
	}
	e, err := projections.EmployeeFrom("e4", history[:2])
	require.NoError(t, err)
	require.Equal(t, "product-1", e.ProductOn(day("2026-04-30")))
	require.Empty(t, e.Addons)
	e, err = projections.EmployeeFrom("e4", history)
	require.NoError(t, err)
	require.Len(t, e.Addons, 1)
	_, err = projections.EmployeeFrom("e4", []events.Recorded{{Stream: "product/p1", Event: events.ProductPut{}}})
	require.Error(t, err)
}
