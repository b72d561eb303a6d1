package domain_test

import (
	"testing"

	"tenure/events"
)

// TestDecide_TellsAbsentNullAndEmptyApart: a command whose point is a date or a product is refused without one, null
// withdraws, and an empty text is neither.
func TestDecide_TellsAbsentNullAndEmptyApart(t *testing.T) {
	t.Parallel()
	const empty = ": must be a date such as 2026-05-31, or null"
	held := withBasic.and(addon("a1", "phone", "2026-02-01"))
	ended := held.and(events.AddonTerminated{ID: "a1", Terminate: day("2026-12-20")})
	continues := facts{events.AddonTerminated{ID: "a1"}}
	gone := held.and(deletion("2026-06-10", false, false))
	changing := held.and(change("large", "2026-06-01"))
	planned := hasSim.and(ratePlan("m1", "2026-06-01"))
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "an end without a date", given: ended, when: "terminate_addon", data: `{"_id":"a1"}`,
			code: "422 terminate: is required: a date, or null to let it continue"},
		{name: "an empty end", given: ended, when: "terminate_addon", data: `{"_id":"a1","terminate":""}`,
			code: "422 terminate" + empty},
		{name: "no end", given: ended, when: "terminate_addon", data: `{"_id":"a1","terminate":null}`, then: continues},
		{name: "no end in the other spelling", given: ended, when: "terminate_addon", data: `{"_id":"a1","terminates":null}`,
			then: continues},
		{name: "two ends", given: held, when: "terminate_addon",
			data: `{"_id":"a1","terminate":"2026-12-20","terminates":"2026-12-21"}`,
			code: "422 terminate: is given twice, with different days"},
		{name: "two ends in a list", given: held, when: "update",
			data: `{"addonProducts":[{"_id":"a1","terminate":"2026-12-20","terminates":null}]}`,
			code: "422 addonProducts.terminate: is given twice, with different days"},
		{name: "a deletion without a date", given: gone, when: "schedule_deletion", data: `{"deleteExtensions":true}`,
			code: "422 deleteDate: is required: a date, or null to withdraw the deletion"},
		{name: "an empty date", given: gone, when: "schedule_deletion", data: `{"deleteDate":""}`, code: "422 deleteDate" +
			empty},
		{name: "null withdraws", given: gone, when: "schedule_deletion", data: `{"deleteDate":null}`,
			then: facts{events.DeletionCancelled{}}},
		{name: "the instant that replies show is no other day", given: gone, when: "update",
			data: `{"deleteDate":"2026-06-10T20:00:00.000Z"}`},
		{name: "an empty date of an update", given: gone, when: "update", data: `{"deleteDate":""}`, code: "422 deleteDate" +
			empty},
		{name: "a change without a product", given: changing, when: "schedule_product_change", data: `{}`,
			code: "422 newProduct: is required: a product, or null to withdraw the change"},
		{name: "no change", given: changing, when: "schedule_product_change", data: `{"newProduct":null}`,
			then: facts{events.ProductChangeCancelled{}}},
		{name: "an empty product", given: held, when: "update", data: `{"product":""}`,
			code: "422 product: must be an id, or null"},
		{name: "an empty payer", given: held, when: "update", data: `{"billingCustomer":""}`,
			code: "422 billingCustomer: must be an id, or null"},
		{name: "a rate plan change without one", given: planned, when: "schedule_rate_plan_change", data: `{"_id":"m1"}`,
			code: "422 newRatePlan: is required: a rate plan, or null to withdraw the change"},
		{name: "no rate plan change", given: planned, when: "schedule_rate_plan_change",
			data: `{"_id":"m1","newRatePlan":null}`,
			then: facts{events.RatePlanChangeCancelled{Account: "m1"}}},
	})
}
