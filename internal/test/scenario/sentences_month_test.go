package scenario

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/projections"
)

func day(s string) billing.Date { return billing.MustDate(s) }

// product wants a product on each of two days.
func product(before, on string) func(*testing.T, projections.Employee) {
	return func(t *testing.T, e projections.Employee) {
		t.Helper()
		require.Equal(t, []string{before, on}, []string{e.ProductOn(day("2026-10-31")), e.ProductOn(day("2026-11-01"))})
		require.Nil(t, e.NewProduct)
	}
}

// plan wants a rate plan, and perhaps one that is still to come.
func plan(now, next string) func(*testing.T, projections.Employee) {
	return func(t *testing.T, e projections.Employee) {
		t.Helper()
		require.Equal(t, []string{now, next}, []string{e.Accounts[0].RatePlan, e.Accounts[0].NewRatePlan})
	}
}

// written wants events in this order, among others.
func written(types ...string) func(*testing.T, *system, int) {
	return func(t *testing.T, s *system, n int) {
		t.Helper()
		var found []string
		for _, e := range s.history(n) {
			if len(found) < len(types) && strings.HasPrefix(e.EventType(), "employee."+types[len(found)]+".v") {
				found = append(found, types[len(found)])
			}
		}
		require.Equal(t, types, found)
	}
}

const tomorrow = "10-21 08:00:00"

func sentencesOfTheMonth() []sentence {
	changes := func(product any) act {
		return act{tomorrow, "schedule_product_change", object{"newProduct": product}, ""}
	}
	rates := func(plan any) act {
		return act{tomorrow, "schedule_rate_plan_change", object{"_id": "m1", "newRatePlan": plan}, ""}
	}
	account := func(at string, more object) act {
		data := object{"_id": "m1", "number": "+4500000001", "ratePlan": basic}
		for k, v := range more {
			data[k] = v
		}
		return act{at, "attach_mvno_account", data, ""}
	}
	return []sentence{
		{name: "T1 newProduct replaces product on the first of next month at local midnight",
			acts: []act{changes(large), {at: "10-31 23:00:00"}},
			then: product(basic, large)},
		{name: "T1 it is refused at acceptance when it is not of type PBX_USER", acts: []act{
			{tomorrow, "schedule_product_change", object{"newProduct": lamp}, "404 product Product could not be found"}},
			then: product(basic, basic)},
		{name: "T1 null cancels", acts: []act{changes(large), changes(nil)}, then: product(basic, basic)},
		{name: "T1 setting again replaces", acts: []act{changes(large), changes(basic)}, then: product(basic, basic)},
		{name: "T1 it is dropped with a reason when it is deleted on that day (rule 18)", acts: []act{changes(large),
			{tomorrow, "schedule_deletion", object{"deleteDate": "2026-11-01"}, ""}, {at: "10-31 23:00:00"},
			{at: "11-01 20:00:00"}},
			then: product(basic, basic), also: written("product_change_dropped", "deletion_started", "deleted")},
		{name: "T2 newRatePlan applies at the end of the month", acts: []act{rates(mobile)}, then: plan(mobile, "")},
		{name: "T2 at the same instant as the product and before it", acts: []act{changes(large), rates(mobile)},
			then: plan(mobile, ""),
			also: written("rate_plan_changed", "product_assigned")},
		{name: "T2 not for DELETING accounts",
			acts: []act{rates(mobile), account("10-25 08:00:00", object{"state": "DELETING"})}, then: plan(basic, "")},
		{name: "T2 it waits while info.updating",
			acts: []act{rates(mobile), account("10-25 08:00:00", object{"updating": true})}, then: plan(basic, mobile)},
		{name: "T2 and comes when the update is through", acts: []act{
			rates(mobile),
			account("10-25 08:00:00", object{"updating": true}),
			account(
				"11-05 08:00:00",
				nil,
			),
		}, then: plan(mobile, ""), also: written("mvno_account_attached", "mvno_account_attached", "mvno_account_attached",
			"rate_plan_changed")},
		{name: "T3 an addon sent again without invoicedUntil keeps it", acts: []act{
			{tomorrow, "add_addon", object{"_id": "a1", "product": lamp, "start": "2026-10-01", "invoicedUntil": "2026-10-31"},
				""},
			{"10-22 08:00:00", "update_addon", object{"_id": "a1", "units": 2, "effective": "2026-11-01"}, ""}},
			then: func(t *testing.T, e projections.Employee) {
				require.Equal(t, day("2026-10-31"), e.Addon("a1").Imported)
			},
			also: func(t *testing.T, s *system, n int) { require.Equal(t, []string{"2026-11-01 190"}, addonLines(s, n)) }},
		{name: "T3 invoicedUntil is moved back by an ADMIN, where no line covers the days", acts: []act{
			{tomorrow, "add_addon", object{"_id": "a1", "product": lamp, "start": "2026-10-01", "invoicedUntil": "2026-10-31"},
				""},
			{"10-22 08:00:00", "update_addon", object{"_id": "a1", "invoicedUntil": "2026-10-15"}, ""}},
			then: func(t *testing.T, e projections.Employee) {
				require.Equal(t, day("2026-10-15"), e.Addon("a1").Imported)
			},
			also: func(t *testing.T, s *system, n int) {
				require.Equal(t, []string{"2026-10-16 49.03", "2026-11-01 95"}, addonLines(s, n), "the uncovered days, 95.00 × "+
					"16/31, are billed")
			}},
	}
}

// addonLines are the first day and the amount of the lines of its addon.
func addonLines(s *system, n int) (all []string) {
	for _, l := range s.lines(n) {
		if l.Source == "a1" {
			all = append(all, l.Period.From.String()+" "+l.Amount.String())
		}
	}
	return all
}
