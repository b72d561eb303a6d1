package domain_test

import (
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

// wish is what another orders of the employee at an instant; with a night it is a run instead, and without either only
// a look.
type wish struct {
	at         time.Time
	name, data string
	night      billing.Date
}

// wishes are what matters to time: several overrides, accounts that are updated, deleted and restored, and the rest.
var wishes = []string{
	`schedule_product_change {"newProduct":"large"}`, `schedule_product_change {"newProduct":"upcoming"}`,
	`schedule_product_change {"newProduct":null}`, `update {"product":"large"}`, `update {"product":null}`,
	`add_addon {"_id":"a1","product":"phone"}`, `add_addon {"_id":"a2","product":"insurance","units":2}`,
	`terminate_addon {"_id":"a1","terminate":"%s"}`, `update_addon {"_id":"a2","units":3,"effective":"%s"}`,
	`schedule_deletion {"deleteDate":"%s","deleteExtensions":true,"deleteMvnoAccounts":true}`,
	`schedule_deletion {"deleteDate":"%s","deleteMvnoAccounts":true}`, `cancel_deletion {}`,
	`assign_extension {"_id":"x1"}`, `confirm_extension_deleted {"_id":"x1"}`,
	`attach_mvno_account {"_id":"m1"}`, `attach_mvno_account {"_id":"m1","updating":true}`,
	`attach_mvno_account {"_id":"m2","numberState":"PORTING_OUT"}`,
	`schedule_rate_plan_change {"_id":"m1","newRatePlan":"mobile"}`,
	`schedule_rate_plan_change {"_id":"m2","newRatePlan":"mobile"}`,
	`confirm_mvno_account_deleted {"_id":"m1"}`, `restore_mvno_account {"_id":"m1"}`, `restore_mvno_account {"_id":"m2"}`,
	`set_presence {"state":"OFF_WORK","message":"Home","expire":"%sT00:30:00Z"}`,
	`set_presence {"state":"HOLIDAY","expire":"%sT14:00:00Z"}`,
	`set_presence {"state":"AVAILABLE"}`, `set_presence {"message":"Back soon"}`,
	`set_presence {"override":{"id":"o1","source":"MS365_TEAMS","state":"BUSY"},"message":"[Teams]"}`,
	`set_presence {"override":{"id":"o2","source":"MS365_CALENDAR","state":"HOLIDAY"}}`,
	`set_presence {"override":{"id":"o3","source":"MS365_CALENDAR","state":"OUT_OF_OFFICE"}}`,
	`set_presence {"endOverride":"o1"}`, `set_presence {"endOverride":"o2"}`, `set_presence {"endOverride":"o3"}`,
	`update {"autoPresence":[{"weekDays":[0,1,2,3,4,5,6],"timeOfDay":"02:30","state":"BUSY"},{"weekDays":[0,3],"timeOfDay":"03:00","state":"AVAILABLE"}]}`,
	`update {"autoPresence":[{"weekDays":[1,2,3,4,5],"timeOfDay":"08:00","state":"AVAILABLE"},{"weekDays":[1,2,3,4,5],"timeOfDay":"16:00","state":"OFF_WORK"}]}`,
	`update {"autoPresence":null}`,
}

// autumn is shortly before a deletion, a month, a night of 25 hours and a year can end.
var autumn = instant("2026-10-20T10:00:00Z")

const seasonDays = 100

// someMinute draws an instant of the season, often on the minute of something due.
func someMinute(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "round hour") {
		return autumn.Add(time.Duration(rapid.IntRange(0, seasonDays*24).Draw(t, "hour")) * time.Hour)
	}
	return autumn.Add(time.Duration(rapid.IntRange(0, seasonDays*24*60).Draw(t, "minute")) * time.Minute)
}

// drawSeason draws wishes and nights in the order of time.
func drawSeason(t *rapid.T) []wish {
	var all []wish
	for range rapid.IntRange(0, 25).Draw(t, "wishes") {
		w := wish{at: someMinute(t)}
		var data string
		text := rapid.SampledFrom(wishes).Draw(t, "wish")
		_, err := fmt.Sscanf(text, "%s", &w.name)
		if err != nil {
			t.Fatal(err)
		}
		data = text[len(w.name)+1:]
		if slices.Contains([]byte(data), '%') {
			data = fmt.Sprintf(data, billing.DateOf(w.at, time.UTC).AddDays(rapid.IntRange(0, 30).Draw(t, "days ahead")))
		}
		w.data = data
		all = append(all, w)
	}
	for range rapid.IntRange(0, 6).Draw(t, "nights") {
		at := someMinute(t)
		all = append(all, wish{at: at, night: domain.World{Now: at, Policy: billing.DefaultPolicy()}.Today()})
	}
	slices.SortStableFunc(all, func(a, b wish) int { return a.at.Compare(b.at) })
	return all
}

// season is an employee with its log.
type season struct {
	*domain.Employee
	log facts
}

func newSeason(t tb) *season { return &season{employee(t, hasSim...), hasSim} }

func (s *season) take(all []events.Event) {
	fold(s.Employee, all...)
	s.log = s.log.and(all...)
}

// live lets its live through it.
func (s *season) live(t tb, all []wish) {
	t.Helper()
	for _, wish := range all {
		w := at(noon)
		w.Now = wish.at
		s.take(s.Advance(w))
		due := s.NextDue(w)
		require.True(t, due.IsZero() || due.After(w.Now), "nobody due stays")
		switch {
		case wish.night != 0:
			got, _, err := s.Invoice(w, "nightly/"+wish.night.String(), wish.night)
			require.NoError(t, err)
			s.take(got)
		case wish.name != "":
			got, err := order(s.Employee, w, "employee."+wish.name+".v1", wish.data)
			if _, refused := domain.AsRejection(err); err != nil && !refused {
				require.NoError(t, err)
			}
			s.take(got)
		}
	}
}

// lines are what it was billed, as stored, without the places of the events that they come from: automatic changes of
// presence between them have places too.
func (s *season) lines(t tb) (all []string) {
	t.Helper()
	for _, event := range s.log {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok {
			invoiced.Lines = slices.Clone(invoiced.Lines)
			for i := range invoiced.Lines {
				invoiced.Lines[i].Events = nil
			}
			all = append(all, written(t, invoiced))
		}
	}
	return all
}

// bookkeeping takes away the instant from which automatic changes are not made yet, the one thing that depends on how
// often another looked.
func bookkeeping(t tb, e *domain.Employee) string {
	t.Helper()
	c := *e
	c.PresenceSince = time.Time{}
	return state(t, &c)
}

func TestProperty_LookingMoreOftenChangesNeitherStateNorLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		wishes := append(drawSeason(rt), wish{at: autumn.AddDate(0, 0, seasonDays+40), night: day("2027-02-28")})
		looks := slices.Clone(wishes)
		for range rapid.IntRange(1, 60).Draw(rt, "looks") {
			looks = append(looks, wish{at: someMinute(rt)})
		}
		slices.SortStableFunc(looks, func(a, b wish) int { return a.at.Compare(b.at) })
		once, often := newSeason(rt), newSeason(rt)
		once.live(rt, wishes)
		often.live(rt, looks)
		require.Equal(rt, bookkeeping(rt, once.Employee), bookkeeping(rt, often.Employee))
		require.Equal(rt, once.lines(rt), often.lines(rt))
	})
}

func TestProperty_LookingAtEveryDueInstantEqualsLookingOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		wishes := drawSeason(rt)
		lived := newSeason(rt)
		lived.live(rt, wishes)
		once, each := employee(rt, lived.log...), employee(rt, lived.log...)
		require.Equal(rt, state(rt, lived.Employee), state(rt, once), "replaying gives the same state")

		end := at("2027-04-20T12:00:00Z")
		w := end
		w.Now = autumn
		if len(wishes) > 0 {
			w.Now = wishes[len(wishes)-1].at
		}
		fold(each, each.Advance(w)...) // the last wish may be for an instant that has passed, such as 20:00 today
		for due := each.NextDue(w); !due.IsZero() && !due.After(end.Now); due = each.NextDue(w) {
			require.True(rt, due.After(w.Now))
			w.Now = due
			got := each.Advance(w)
			require.NotEmpty(rt, got, "nobody is due in vain")
			fold(each, got...)
		}
		fold(each, each.Advance(end)...)
		fold(once, once.Advance(end)...)
		require.Equal(rt, bookkeeping(rt, once), bookkeeping(rt, each))
	})
}

func TestProperty_ADeletionOnTheDayOfAChangeWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		first := rapid.SampledFrom([]string{"2026-11-01", "2026-12-01", "2027-01-01"}).Draw(rt, "first")
		history := hasSim.and(change("large", first), ratePlan("m1", first),
			deletion(first, rapid.Bool().Draw(rt, "extensions"), rapid.Bool().Draw(rt, "accounts")))
		e := employee(rt, history...)
		var log []events.Event
		looks := []time.Time{autumn.AddDate(0, 0, seasonDays+30)}
		for range rapid.IntRange(0, 20).Draw(rt, "looks") {
			looks = append(looks, someMinute(rt))
		}
		slices.SortFunc(looks, time.Time.Compare)
		for _, now := range looks {
			w := at(noon)
			w.Now = now
			step := e.Advance(w)
			fold(e, step...)
			log = append(log, step...)
		}
		for _, happened := range log {
			switch happened := happened.(type) {
			case events.ProductAssigned, events.RatePlanChanged:
				rt.Fatalf("%T on the day of its deletion", happened)
			}
		}
		require.True(rt, e.State == domain.StateDeleted || e.Deletion.Stalled, "everyone due is deleted, or people must look")
		require.Equal(rt, "basic", productOn(e, first))
	})
}

func productOn(e *domain.Employee, on string) string {
	id, _ := e.Products.At(day(on))
	return id
}
