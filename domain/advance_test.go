package domain_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"tenure/domain"
	"tenure/events"
)

// passing is a sentence about time: given facts, when it is an instant, then facts.
type passing struct {
	name  string
	given facts
	now   string
	then  facts
	next  string // when time acts next after them; empty: never
	world func(domain.World) domain.World
}

func checkPassing(t *testing.T, rows []passing) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			w := at(r.now)
			if r.world != nil {
				w = r.world(w)
			}
			e := employee(t, r.given...)
			before := state(t, e)
			got := e.Advance(w)
			wantFacts(t, got, r.then...)
			assert.Equal(t, before, state(t, e), "time changes no state but through facts")
			fold(e, got...)
			assert.Empty(t, e.Advance(w), "nothing is due a second time")
			next := ""
			if due := e.NextDue(w); !due.IsZero() {
				next = due.UTC().Format(time.RFC3339)
			}
			assert.Equal(t, r.next, next)
		})
	}
}

func TestAdvance_ChangesAProductAtLocalMidnightOfTheFirst(t *testing.T) {
	t.Parallel()
	large := func(from string) facts { return facts{events.ProductAssigned{Product: "large", From: day(from)}} }
	june := withBasic.and(change("large", "2026-06-01"))
	checkPassing(t, []passing{
		{name: "a second before midnight it has the old one", given: june, now: "2026-05-31T21:59:59Z",
			next: "2026-05-31T22:00:00Z"},
		{name: "at midnight in summer, 22:00 UTC, it has the new one", given: june, now: "2026-05-31T22:00:00Z",
			then: large("2026-06-01")},
		{name: "a day later it is still from midnight", given: june, now: "2026-06-02T09:00:00Z", then: large("2026-06-01")},
		{name: "the first after the clocks went forward is 22:00 UTC", given: withBasic.and(change("large", "2026-04-01")),
			now:  "2026-03-31T22:00:00Z",
			then: large("2026-04-01")},
		{name: "and not 23:00", given: withBasic.and(change("large", "2026-04-01")), now: "2026-03-31T21:59:59Z",
			next: "2026-03-31T22:00:00Z"},
		{name: "the first after the clocks went back is 23:00 UTC", given: withBasic.and(change("large", "2026-11-01")),
			now:  "2026-10-31T23:00:00Z",
			then: large("2026-11-01")},
		{name: "and not 22:00", given: withBasic.and(change("large", "2026-11-01")), now: "2026-10-31T22:00:00Z",
			next: "2026-10-31T23:00:00Z"},
		{name: "at year end", given: withBasic.and(change("large", "2027-01-01")), now: "2026-12-31T23:00:00Z",
			then: large("2027-01-01")},
		{name: "on a leap day's morrow", given: withBasic.and(change("large", "2028-03-01")), now: "2028-02-29T23:00:00Z",
			then: large("2028-03-01")},
		{name: "what was cancelled does not happen", given: june.and(events.ProductChangeCancelled{}),
			now: "2026-06-02T09:00:00Z"},
		{name: "nothing happens to one who does not exist", now: noon},
		{name: "nothing happens to one who waits for nothing", given: withBasic, now: noon},
		{name: "nothing happens to one who is deleted", given: isDeleted, now: noon},
	})
}

func TestAdvance_DropsAProductChangeThatMayNotHappenAnyMore(t *testing.T) {
	t.Parallel()
	dropped := func(reason string) facts { return facts{events.ProductChangeDropped{Product: "large", Reason: reason}} }
	june := withBasic.and(change("large", "2026-06-01"))
	put := func(stream string, e events.Event) func(domain.World) domain.World {
		return func(w domain.World) domain.World { return changed(w, stream, e) }
	}
	const midnight = "2026-05-31T22:00:00Z"
	checkPassing(t, []passing{
		{name: "the product has ended by then", given: june, now: midnight, then: dropped("PRODUCT"),
			world: put("product/large", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", End: day("2026-06-01")})},
		{name: "the product begins later now", given: june, now: midnight, then: dropped("PRODUCT"),
			world: put("product/large", events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY", Start: day("2026-06-02")})},
		{name: "the product is of another type now", given: june, now: midnight, then: dropped("PRODUCT"),
			world: put("product/large", events.ProductPut{Type: "OTHER", Recurrence: "MONTHLY"})},
		{name: "the customer has lost the feature", given: june, now: midnight, then: dropped("FEATURE"),
			world: put("customer/c1", events.CustomerPut{Reseller: "r1", Currency: "DKK"})},
		{name: "it is deleted on that day", given: june.and(deletion("2026-06-01", false, false)), now: midnight,
			then: dropped("DELETION"),
			next: "2026-06-01T20:00:00Z"},
		{name: "a deletion on a later day lets it happen", given: june.and(deletion("2026-06-02", false, false)),
			now:  midnight,
			then: facts{events.ProductAssigned{Product: "large", From: day("2026-06-01")}}, next: "2026-06-02T20:00:00Z"},
	})
}

func TestAdvance_DeletesAt20UTC(t *testing.T) {
	t.Parallel()
	started := events.DeletionStarted{Date: day("2026-05-31")}
	gone := events.EmployeeDeleted{Date: day("2026-05-31")}
	has := withBasic.and(extension("x1"), extension("x2"), account("m1"))
	lost := []events.Event{events.ExtensionUnassigned{ID: "x1"}, events.ExtensionUnassigned{ID: "x2"}}
	asked := []events.Event{events.ExtensionDeletionRequested{ID: "x1", Attempt: 1},
		events.ExtensionDeletionRequested{ID: "x2", Attempt: 1}}
	const instant, retry = "2026-05-31T20:00:00Z", "2026-06-01T20:00:00Z"
	checkPassing(t, []passing{
		{name: "a second before it is there", given: has.and(deletion("2026-05-31", true, true)), now: "2026-05-31T19:59:59Z",
			next: instant},
		{name: "who has nothing is deleted at once", given: withBasic.and(deletion("2026-05-31", true, true)), now: instant,
			then: facts{started, gone}},
		{name: "without flags everything is unlinked and it is deleted at once",
			given: has.and(deletion("2026-05-31", false, false)), now: instant,
			then: facts{started}.and(lost...).and(events.MvnoAccountDetached{ID: "m1"}, gone)},
		{name: "with both flags everything is asked to be deleted", given: has.and(deletion("2026-05-31", true, true)),
			now:  instant,
			then: facts{started}.and(asked...).and(events.MvnoDeletionRequested{ID: "m1", Attempt: 1}), next: retry},
		{name: "extensions deleted, accounts unlinked", given: has.and(deletion("2026-05-31", true, false)), now: instant,
			then: facts{started, events.MvnoAccountDetached{ID: "m1"}}.and(asked...), next: retry},
		{name: "extensions unlinked, accounts deleted", given: has.and(deletion("2026-05-31", false, true)), now: instant,
			then: facts{started}.and(lost...).and(events.MvnoDeletionRequested{ID: "m1", Attempt: 1}), next: retry},
		{name: "the flags are read when it happens", given: has.and(deletion("2026-05-31", true, true),
			deletion("2026-05-31", false, false)), now: instant,
			then: facts{started}.and(lost...).and(events.MvnoAccountDetached{ID: "m1"}, gone)},
		{name: "what was cancelled does not happen", given: has.and(deletion("2026-05-31", true, true),
			events.DeletionCancelled{}), now: instant},
		{name: "a product change after it is discarded, and the deletion says so",
			given: withBasic.and(change("large", "2026-06-01"), deletion("2026-05-31", false, false)),
			now:   "2026-06-02T00:00:00Z",
			then:  facts{events.DeletionStarted{Date: day("2026-05-31"), DiscardedProduct: "large"}, gone}},
		{name: "on the first the change is discarded at midnight, the deletion follows",
			given: withBasic.and(change("large", "2026-06-01"), deletion("2026-06-01", false, false)),
			now:   "2026-06-02T00:00:00Z",
			then: facts{events.ProductChangeDropped{Product: "large", Reason: "DELETION"},
				events.DeletionStarted{Date: day("2026-06-01")}, events.EmployeeDeleted{Date: day("2026-06-01")}}},
	})
}

func TestAdvance_RequestsUnconfirmedDeletionsThreeTimes(t *testing.T) {
	t.Parallel()
	attempt := func(n int) []events.Event {
		return []events.Event{events.ExtensionDeletionRequested{ID: "x1", Attempt: n},
			events.MvnoDeletionRequested{ID: "m1", Attempt: n}}
	}
	checkPassing(t, []passing{
		{name: "not before a day has passed", given: isDeleting, now: "2026-05-11T19:59:59Z", next: "2026-05-11T20:00:00Z"},
		{name: "again after a day", given: isDeleting, now: "2026-05-11T20:00:00Z", then: attempt(2),
			next: "2026-05-12T20:00:00Z"},
		{name: "only what is not confirmed", given: isDeleting.and(events.ExtensionDeleted{ID: "x1"}),
			now:  "2026-05-11T20:00:00Z",
			then: facts{events.MvnoDeletionRequested{ID: "m1", Attempt: 2}}, next: "2026-05-12T20:00:00Z"},
		{name: "a third time after two days", given: isDeleting.and(attempt(2)...), now: "2026-05-12T20:00:00Z",
			then: attempt(3), next: "2026-05-13T20:00:00Z"},
		{name: "after three a person must look, once", given: isDeleting.and(attempt(2)...).and(attempt(3)...),
			now: "2026-08-12T20:00:00Z", then: facts{stalled}},
		{name: "after that nothing is asked any more", given: isDeleting.and(attempt(2)...).and(attempt(3)...).and(stalled),
			now: "2026-08-13T20:00:00Z"},
		{name: "after a long outage both repeats come, and that they did not help", given: isDeleting,
			now: "2026-08-12T20:00:00Z", then: append(append(attempt(2), attempt(3)...), stalled)},
	})
}

// stalled is that neither the extension nor the account was confirmed.
var stalled = events.DeletionStalled{Extensions: []string{"x1"}, MvnoAccounts: []string{"m1"}}

func TestAdvance_PortsNoAccountUnderDeletion(t *testing.T) {
	t.Parallel()
	e := employee(t, isDeleting...)
	assert.Equal(t, []events.MvnoAccount{{ID: "m1", State: "DELETING", NumberState: "IN_USE", RatePlan: "plan1"}},
		e.Accounts)
	assert.Equal(t, domain.StateEnabled, e.State, "its state stays until all is confirmed")
}

func TestCancelDeletion_BeforeTheInstantRestores(t *testing.T) {
	t.Parallel()
	has := withBasic.and(extension("x1"), account("m1"), change("large", "2026-06-01"))
	e := employee(t, has.and(deletion("2026-05-31", true, true), events.DeletionCancelled{})...)
	assert.Equal(t, state(t, employee(t, has...)), state(t, e))
}
