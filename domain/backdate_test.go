package domain_test

import (
	"testing"

	"tenure/events"
)

// TestDecide_LimitsThePastByLevel: below RESELLER nothing takes effect before today or is negative; RESELLER and
// RESELLER_ADMIN go back to the first day of the month before last, here 1 March; ADMIN further (rule 27).
func TestDecide_LimitsThePastByLevel(t *testing.T) {
	t.Parallel()
	const past, negative = ": Cannot be in the past", ": Cannot be negative"
	held := withBasic.and(addon("a1", "phone", "2026-02-01"))
	ended := held.and(events.AddonTerminated{ID: "a1", Terminate: day("2026-04-10")})
	added := func(start, units string) facts {
		return facts{events.AddonAdded{Addon: events.Addon{ID: "a2", Product: "phone", Units: amount(units),
			Start: day(start)}}}
	}
	units := func(n, on string) facts {
		return facts{events.AddonUpdated{ID: "a1", Effective: day(on), Units: price(n)}}
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a manager adds from today", by: byManager, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","start":"2026-05-12"}`,
			then: added("2026-05-12", "1")},
		{name: "not from yesterday", by: byManager, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","start":"2026-05-11"}`,
			code: "422 addonProducts.start" + past},
		{name: "nor below zero", by: byManager, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","units":-1}`,
			code: "422 addonProducts.units" + negative},
		{name: "both are reported", by: byOwner, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","units":-1,"start":"2026-01-01"}`,
			code: "422 multiple: Multiple errors [422 addonProducts.start" + past + "; 422 addonProducts.units" + negative +
				"]"},
		{name: "a reseller discounts and goes back two months", by: byReseller, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","units":-1,"start":"2026-03-01"}`, then: added("2026-03-01", "-1")},
		{name: "and no day more", by: byReseller, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","start":"2026-02-28"}`,
			code: "422 addonProducts.start" + past},
		{name: "nor does a RESELLER_ADMIN", by: byResellerAdmin, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","start":"2026-02-28"}`,
			code: "422 addonProducts.start" + past},
		{name: "an ADMIN does", by: byAdmin, given: held, when: "add_addon",
			data: `{"_id":"a2","product":"phone","start":"2026-01-01"}`,
			then: added("2026-01-01", "1")},
		{name: "what is in force may be repeated", by: byManager, given: held, when: "update",
			data: `{"addonProducts":[{"_id":"a1","product":"phone","start":"2026-02-01","units":1}]}`},
		{name: "units change from today", by: byManager, given: held, when: "update_addon", data: `{"_id":"a1","units":2}`,
			then: units("2", "2026-05-12")},
		{name: "and not before", by: byManager, given: held, when: "update_addon",
			data: `{"_id":"a1","units":2,"effective":"2026-05-11"}`,
			code: "422 effective" + past},
		{name: "effective is a reseller's, also in the future", by: byManager, given: held, when: "update_addon",
			data: `{"_id":"a1","units":2,"effective":"2026-06-01"}`, code: "422 effective: Insufficient access level"},
		{name: "a reseller sets it", by: byReseller, given: held, when: "update_addon",
			data: `{"_id":"a1","units":2,"effective":"2026-03-01"}`,
			then: units("2", "2026-03-01")},
		{name: "a start that is over is not moved away", by: byManager, given: held, when: "update_addon",
			data: `{"_id":"a1","start":"2026-06-01"}`,
			code: "422 start" + past},
		{name: "an end is not before today", by: byManager, given: held, when: "terminate_addon",
			data: `{"_id":"a1","terminate":"2026-05-11"}`,
			code: "422 terminate" + past},
		{name: "an end that is over is not taken back", by: byManager, given: ended, when: "terminate_addon",
			data: `{"_id":"a1","terminate":null}`,
			code: "422 terminate" + past},
		{name: "a product changes today", by: byManager, given: held, when: "update", data: `{"product":"large"}`,
			then: facts{events.ProductAssigned{Product: "large", From: day("2026-05-12")}}},
		{name: "not in the past", by: byOwner, given: held, when: "update", data: `{"product":null,"effective":"2026-01-01"}`,
			code: "422 effective" + past},
		{name: "nor does the payer", by: byManager, given: held, when: "update",
			data: `{"billingCustomer":"c2","effective":"2026-05-01"}`,
			code: "422 effective" + past},
		{name: "nor at a creation", by: byViewer, when: "create", data: with(`"product":"basic","effective":"2026-05-11"`),
			code: "422 effective" + past},
	})
}
