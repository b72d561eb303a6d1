package timeline

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func day(s string) billing.Date { return billing.MustDate(s) }

func TestTell_EveryEventOfAnEmployee(t *testing.T) {
	t.Parallel()
	for _, name := range events.Types() {
		if !strings.HasPrefix(name, "employee.") {
			continue
		}
		event, ok := events.New(name)
		require.True(t, ok)
		sentence := Tell(event)
		assert.NotEmpty(t, sentence, name)
		assert.NotContains(t, sentence, "employee.", name)
	}
}

// ordered is a piece of work by hand.
func ordered(work events.BillingWorkOrdered) events.Event {
	work.ID, work.Reason, work.Actor = 2, "goodwill", "ADMIN"
	return work
}

func TestTell(t *testing.T) {
	t.Parallel()
	june := billing.Review{Source: "a1", Period: billing.Period{From: day("2026-06-01"), To: day("2026-07-01")}}
	noon := time.Date(2026, 5, 12, 10, 0, 0, 0, time.UTC)
	for want, event := range map[string]events.Event{
		"product p1 from 2026-06-01": events.ProductAssigned{Product: "p1",
			From: day("2026-06-01")},
		"no product from 2026-06-01": events.ProductAssigned{From: day("2026-06-01")},
		"scheduled product p1 dropped: DELETION": events.ProductChangeDropped{Product: "p1",
			Reason: "DELETION"},
		"MVNO account m1 to be deleted, asked for the second time": events.MvnoDeletionRequested{ID: "m1", Attempt: 2},
		"deletion of m1 refused: ported":                           events.DeletionRefused{ID: "m1", Reason: "ported"},
		"deletion stalled, not confirmed: x1, m1": events.DeletionStalled{Extensions: []string{"x1"},
			MvnoAccounts: []string{"m1"}},
		"deleted, first day not billed 2026-06-01": events.EmployeeDeleted{Date: day("2026-06-01")},
		"changed: state DISABLED, language, name": events.EmployeeUpdated{State: "DISABLED",
			Attributes: events.Attributes{"language": nil}, Personal: events.Attributes{"name": nil}},
		"presence BUSY, over OFF_WORK (MS365_TEAMS), until 2026-05-12 10:00:00 UTC": events.PresenceChanged{Presence: events.Presence{
			State: "BUSY", OriginalState: "OFF_WORK", Expire: &noon, Overrides: []events.Override{{Source: "MS365_TEAMS"}}}},
		"deletion scheduled for 2026-05-12 10:00:00 UTC, extensions deleted, MVNO accounts unlinked": events.DeletionScheduled{At: noon, DeleteExtensions: true},
		"product change cancelled":  events.ProductChangeCancelled{},
		"billing released":          events.BillingReleased{},
		"billing released: settled": events.BillingReleased{Reason: "settled"},
		"work 2 for the next run: a line of -25.5 on CUSTOMER, because: goodwill (ADMIN)": ordered(events.BillingWorkOrdered{
			Adjustment: &events.Adjustment{Ledger: "CUSTOMER", Amount: billing.MustAmount("-25.50")}}),
		"work 2 for the next run: rate a1 again, 2026-06-01 to 2026-06-30, because: goodwill (ADMIN)": ordered(
			events.BillingWorkOrdered{Rerate: &june}),
		"work 2 for the next run: credit a1, 2026-06-01 to 2026-06-30, because: goodwill (ADMIN)": ordered(
			events.BillingWorkOrdered{Credit: &events.ReviewCredit{Review: june}}),
		"work 2 for the next run: void line ffffffff-ffff-ffff-ffff-ffffffffffff, because: goodwill (ADMIN)": ordered(
			events.BillingWorkOrdered{VoidLine: uuid.Max}),
		"review of a1 settled: KEEP, because: goodwill (ADMIN)": events.ReviewSettled{Review: june, Decision: "KEEP",
			Reason: "goodwill", Actor: "ADMIN"},
		"invoiced nothing of work 2: no such line": events.EmployeeInvoiced{Work: []events.WorkDone{{ID: 1},
			{ID: 2, Dropped: "no such line"}}},
	} {
		assert.Equal(t, want, Tell(event))
	}
}

func TestCause_NamesAnActorARunOrARuleOfTime(t *testing.T) {
	t.Parallel()
	change := events.ProductAssigned{}
	for want, r := range map[string]events.Recorded{
		"OWNER e9": {CommandID: "c", Actor: events.Actor{AccessLevel: "OWNER", Employee: "e9"},
			Event: change},
		"Tenure: demo": {CommandID: "c", Actor: events.Actor{System: "demo",
			Key: "0102030405060708"}, Event: change},
		"ADMIN":                                 {CommandID: "c", Actor: events.Actor{AccessLevel: "ADMIN"}, Event: change},
		"command":                               {CommandID: "c", Event: change},
		"run nightly/2026-06-01":                {RunID: "nightly/2026-06-01", Event: change},
		"time: product on the first of a month": {Event: change},
		"time: presence expired":                {Event: events.PresenceChanged{Cause: "EXPIRED"}},
		"time: automatic presence":              {Event: events.PresenceChanged{Cause: "AUTO"}},
		"time: deletion at 20:00 UTC":           {Event: events.ExtensionDeletionRequested{Attempt: 1}},
		"time: not confirmed for a day":         {Event: events.MvnoDeletionRequested{Attempt: 2}},
		"time: not confirmed for three days":    {Event: events.DeletionStalled{}},
	} {
		assert.Equal(t, want, Cause(r))
	}
}

// sample is an employee with a product, who changes it and is deleted two months later.
func sample() (*domain.Employee, domain.World) {
	e := &domain.Employee{ID: "e1"}
	for _, event := range []events.Event{
		events.EmployeeCreated{Number: 1, Customer: "c1", Reseller: "r1", Currency: "DKK", State: "ENABLED"},
		events.ProductAssigned{Product: "basic", From: day("2026-10-01")},
		events.ProductChangeScheduled{Product: "large", From: day("2026-11-01")},
		events.ExtensionAssigned{Extension: events.Extension{ID: "x1"}},
		events.DeletionScheduled{Date: day("2026-12-10"), At: time.Date(2026, 12, 10, 20, 0, 0, 0, time.UTC),
			DeleteExtensions: true},
	} {
		e.Evolve(event)
	}
	var facts []events.Recorded
	put := func(stream string, event events.Event) {
		facts = append(facts, events.Recorded{Stream: stream, Position: int64(len(facts) + 1), Event: event})
	}
	put("customer/c1", events.CustomerPut{Reseller: "r1", Currency: "DKK", Features: []string{"PBX"}})
	for id, amount := range map[string]string{"basic": "49", "large": "79"} {
		price := billing.MustAmount(amount)
		put("product/"+id, events.ProductPut{Type: "PBX_USER", Recurrence: "MONTHLY"})
		put("product/"+id, events.PriceSet{Ledger: billing.Customer, From: day("2000-01-01"), Amount: &price})
	}
	return e, domain.World{Now: time.Date(2026, 10, 20, 8, 0, 0, 0, time.UTC),
		Catalog: domain.EmptyCatalog().With(facts...), Policy: billing.DefaultPolicy()}
}

func TestUpcoming_HasMonthsWithTheirLinesAndChangesNothing(t *testing.T) {
	t.Parallel()
	e, w := sample()
	moments, err := Upcoming(e, w, time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	var told []string
	for _, m := range moments {
		told = append(told, m.At.Format("01-02 15:04")+" "+m.What+" | "+m.By)
	}
	assert.Equal(t, []string{
		"10-20 22:05 invoiced CUSTOMER product 2026-10-01..2026-10-31 49.00 DKK | run nightly/2026-10-21",
		"10-31 23:00 product large from 2026-11-01 | time: product on the first of a month",
		"10-31 23:05 invoiced CUSTOMER product 2026-11-01..2026-11-30 79.00 DKK | run nightly/2026-11-01",
		"11-30 23:05 invoiced CUSTOMER product 2026-12-01..2026-12-09 22.94 DKK | run nightly/2026-12-01",
		"12-10 20:00 locked for deletion | time: deletion at 20:00 UTC",
		"12-10 20:00 extension x1 to be deleted | time: deletion at 20:00 UTC",
		"12-11 20:00 extension x1 to be deleted, asked for the second time | time: not confirmed for a day",
		"12-12 20:00 extension x1 to be deleted, asked for the third time | time: not confirmed for a day",
		"12-13 20:00 deletion stalled, not confirmed: x1 | time: not confirmed for three days",
	}, told)
	assert.Equal(t, "basic", e.Products[0].Value)
	assert.NotNil(t, e.NewProduct, "it is not changed")
	assert.False(t, e.Deletion.Started)
}

func TestUpcoming_OfOneWhoIsHeldEndsAtItsDate(t *testing.T) {
	t.Parallel()
	e, w := sample()
	e.Evolve(events.ProductAssigned{Product: "unpriced", From: day("2026-10-05")})
	moments, err := Upcoming(e, w, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.NotEmpty(t, moments)
	assert.Contains(t, moments[0].What, "billing held")
}
