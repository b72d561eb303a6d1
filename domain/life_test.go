package domain_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// deed is an order at an instant; without a name it is only a look at the clock.
type deed struct {
	at         time.Time
	name, data string
}

// orders are what people and other systems send to an employee, with a day to be filled in where there is one.
var orders = []struct{ name, data string }{
	{"schedule_product_change", `{"newProduct":"large"}`},
	{"schedule_product_change", `{"newProduct":"upcoming"}`},
	{"schedule_product_change", `{"newProduct":null}`},
	{"schedule_deletion", `{"deleteDate":"%s"}`},
	{"schedule_deletion", `{"deleteDate":"%s","deleteExtensions":true,"deleteMvnoAccounts":true}`},
	{"cancel_deletion", `{}`},
	{"assign_extension", `{"_id":"x1"}`},
	{"assign_extension", `{"_id":"x2"}`},
	{"unassign_extension", `{"_id":"x1"}`},
	{"attach_mvno_account", `{"_id":"m1"}`},
	{"attach_mvno_account", `{"_id":"m2","numberState":"PORTING_IN"}`},
	{"detach_mvno_account", `{"_id":"m2"}`},
	{"schedule_rate_plan_change", `{"_id":"m1","newRatePlan":"mobile"}`},
	{"confirm_extension_deleted", `{"_id":"x1"}`},
	{"confirm_extension_deleted", `{"_id":"x2"}`},
	{"confirm_mvno_account_deleted", `{"_id":"m1"}`},
	{"confirm_mvno_account_deleted", `{"_id":"m2"}`},
	{"add_addon", `{"_id":"a1","product":"phone","start":"%s"}`},
	{"add_addon", `{"_id":"a2","product":"insurance","start":"%s","units":2}`},
	{"add_addon", `{"_id":"a3","product":"setup","start":"%s"}`},
	{"update_addon", `{"_id":"a1","units":3,"effective":"%s"}`},
	{"update_addon", `{"_id":"a2","unitPrice":"7.35","effective":"%s"}`},
	{"terminate_addon", `{"_id":"a1","terminate":"%s"}`},
	{"terminate_addon", `{"_id":"a2","terminate":"%s"}`},
	{"terminate_addon", `{"_id":"a1","terminate":null}`},
	{"update", `{"product":"large","effective":"%s"}`},
	{"update", `{"product":null}`},
	{"update", `{"product":"unpriced"}`},
	{"update", `{"product":"basic"}`},
	{"update", `{"billingCustomer":"c2","effective":"%s"}`},
	{
		"update",
		`{"autoPresence":[{"weekDays":[1,2,3,4,5],"timeOfDay":"08:00","state":"AVAILABLE"},{"weekDays":[1,2,3,4,5],"timeOfDay":"16:00","state":"OFF_WORK"}]}`,
	},
	{"set_presence", `{"state":"BUSY","message":"In a meeting","expire":"%sT12:30:00Z"}`},
	{"set_presence", `{"state":"HOLIDAY"}`},
	{"set_presence", `{"override":{"id":"o1","source":"MS365_TEAMS","state":"BUSY"}}`},
	{"set_presence", `{"endOverride":"o1"}`},
}

// spring begins shortly before the clocks go forward and a month ends.
var spring = instant("2026-03-20T10:00:00Z")

// drawDeeds draws what happens to an employee over some months, in the order of time.
func drawDeeds(t *rapid.T) []deed {
	at := spring
	var deeds []deed
	for range rapid.IntRange(0, 14).Draw(t, "deeds") {
		at = at.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "minutes later")) * time.Minute)
		order := rapid.SampledFrom(orders).Draw(t, "order")
		data := order.data
		if slices.Contains([]byte(data), '%') {
			near := billing.DateOf(at, time.UTC).AddDays(rapid.IntRange(-30, 45).Draw(t, "days off"))
			data = fmt.Sprintf(data, near)
		}
		deeds = append(deeds, deed{at: at, name: "employee." + order.name + ".v1", data: data})
	}
	return deeds
}

// looks are instants at which nothing but time acts, among and after the deeds.
func drawLooks(t *rapid.T, deeds []deed) []deed {
	all := slices.Clone(deeds)
	for range rapid.IntRange(0, 40).Draw(t, "looks") {
		all = append(all, deed{at: spring.Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "minute")) * time.Minute)})
	}
	slices.SortStableFunc(all, func(a, b deed) int { return a.at.Compare(b.at) })
	return all
}

// life is an employee with its log, as a shard's owner leads it.
type life struct {
	t   tb
	e   *domain.Employee
	log []events.Event
}

// newLife begins with one who has a product since January.
func newLife(t tb) *life {
	l := &life{t: t, e: &domain.Employee{ID: "e1"}}
	l.record(withBasic...)
	return l
}

func (l *life) record(all ...events.Event) {
	fold(l.e, all...)
	l.log = append(l.log, all...)
}

func sampleWorld(now time.Time) domain.World {
	w := at(noon)
	w.Now = now
	return w
}

// pass lets time act up to an instant: nobody is deleted early, and nobody who is due stays due.
func (l *life) pass(now time.Time) []events.Event {
	l.t.Helper()
	w := sampleWorld(now)
	done := l.e.Advance(w)
	for _, e := range done {
		switch e := e.(type) {
		case events.DeletionStarted:
			require.False(l.t, now.Before(deletion(e.Date.String(), false, false).At), "deletion of %s began at %s", e.Date, now)
		case events.EmployeeDeleted:
			require.False(l.t, now.Before(deletion(e.Date.String(), false, false).At), "deleted at %s", now)
		}
	}
	l.record(done...)
	if due := l.e.NextDue(w); !due.IsZero() {
		require.True(l.t, due.After(now), "still due at %s, looked at %s", due, now)
	}
	return done
}

func (l *life) do(d deed) {
	l.t.Helper()
	l.pass(d.at)
	if d.name == "" {
		return
	}
	got, err := order(l.e, sampleWorld(d.at), d.name, d.data)
	if err != nil {
		_, refused := domain.AsRejection(err)
		require.True(l.t, refused, "%s %s: %v", d.name, d.data, err)
		return
	}
	l.record(got...)
}

// meaning is a state without the instant from which automatic changes are not made yet: the one thing that depends on
// how often another looked.
func meaning(t tb, e *domain.Employee) string {
	t.Helper()
	c := *e
	c.PresenceSince = time.Time{}
	return state(t, &c)
}

func TestProperty_OneStepOfTimeEqualsMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		deeds := drawDeeds(rt)
		end := spring.AddDate(1, 0, 0)
		once, often := newLife(rt), newLife(rt)
		for _, d := range deeds {
			once.do(d)
		}
		for _, d := range drawLooks(rt, deeds) {
			often.do(d)
		}
		once.pass(end)
		often.pass(end)
		require.Equal(rt, meaning(rt, often.e), meaning(rt, once.e))
	})
}

func TestProperty_ReplayGivesTheSameState(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(rt)
		for _, d := range drawDeeds(rt) {
			l.do(d)
		}
		replayed := &domain.Employee{ID: "e1"}
		for _, e := range l.log {
			raw, err := events.Encode(e)
			require.NoError(rt, err)
			read, err := events.Decode(e.EventType(), raw)
			require.NoError(rt, err)
			replayed.Evolve(read)
		}
		require.Equal(rt, state(rt, l.e), state(rt, replayed))

		kept := &domain.Employee{ID: "e1"}
		require.NoError(rt, json.Unmarshal([]byte(state(rt, l.e)), kept))
		require.Equal(rt, state(rt, l.e), state(rt, kept), "what the store keeps is all of it")
	})
}

func TestProperty_ItIsBilledWhenItIsDueAndOnlyThen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(rt)
		deeds := drawDeeds(rt)
		due := l.e.BillDue(sampleWorld(spring))
		for on := day("2026-03-21"); on < day("2026-12-03"); on++ {
			w := night(on.String())
			for len(deeds) > 0 && deeds[0].at.Before(w.Now) {
				before := len(l.log)
				l.do(deeds[0])
				if len(l.log) > before {
					due = l.e.BillDue(sampleWorld(deeds[0].at))
				}
				deeds = deeds[1:]
			}
			if len(l.pass(w.Now)) > 0 {
				due = l.e.BillDue(w)
			}
			due = l.bill(w, on, due)
		}
	})
}

// bill runs a night over its, who was known to be due on a day, and gives the next day.
func (l *life) bill(w domain.World, on, due billing.Date) billing.Date {
	l.t.Helper()
	got, why, err := l.e.Invoice(w, "nightly/"+on.String(), on)
	require.NoError(l.t, err)
	if due == 0 || due > on {
		require.Empty(l.t, written(l.t, got...), "billed on %s, due %s", on, due)
		return due
	}
	held := why != nil && why.Reason != domain.ReasonNotDue
	require.True(l.t, len(got) > 0 || held, "due in vain on %s", on)
	l.record(got...)
	next := l.e.BillDue(w)
	if l.e.Held == "" {
		require.False(l.t, next != 0 && next <= on, "due on %s again after the night of %s", next, on)
	}
	return next
}
