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
		{name: "an empty rate plan", given: planned, when: "schedule_rate_plan_change",
			data: `{"_id":"m1","newRatePlan":""}`, code: "422 newRatePlan: must be an id, or null"},
		{name: "an empty product of a change", given: changing, when: "schedule_product_change",
			data: `{"newProduct":""}`, code: "422 newProduct: must be an id, or null"},
	})
}

func TestDecide_WhatIsAbsentOfAHoldingStays(t *testing.T) {
	t.Parallel()
	desk := events.Extension{ID: "x1", Number: "101", Name: "Desk", Product: "phone", Direct: "+4570000001",
		Mobile: events.NewIDs("+4500000001", "+4500000002"), Redirect: "102"}
	rated := events.HoldingRated{Source: "extension/x1", Product: "phone", From: day("2026-05-12")}
	has := withBasic.and(events.ExtensionAssigned{Extension: desk}, rated)
	other := func(change func(*events.Extension)) facts {
		x := desk
		change(&x)
		return facts{events.ExtensionAssigned{Extension: x}}
	}
	m := sim("m1")
	m.Number, m.PBX, m.Sim = "+4500000001", 2, events.Sim{Network: "TDC"}
	mobile := withBasic.and(attached(m))
	account := func(change func(*events.MvnoAccount)) facts {
		a := m
		change(&a)
		return facts{attached(a)}
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "all of an extension", given: withBasic, when: "assign_extension",
			data: `{"_id":"x1","number":"101","name":"Desk","product":"phone","direct":"+4570000001",
				"mobile":["+4500000001","+4500000002"],"redirect":"102"}`,
			then: facts{events.ExtensionAssigned{Extension: desk}, rated}},
		{name: "absent stays", given: has, when: "assign_extension", data: `{"_id":"x1","name":"Hall"}`,
			then: other(func(x *events.Extension) { x.Name = "Hall" })},
		{name: "null takes away", given: has, when: "assign_extension", data: `{"_id":"x1","redirect":null,"mobile":null}`,
			then: other(func(x *events.Extension) { x.Redirect, x.Mobile = "", "" })},
		{name: "null of the product ends what it is billed as", given: has, when: "assign_extension",
			data: `{"_id":"x1","product":null}`,
			then: append(other(func(x *events.Extension) { x.Product = "" }),
				events.HoldingRated{Source: "extension/x1", From: day("2026-05-12")})},
		{name: "an empty product", given: has, when: "assign_extension", data: `{"_id":"x1","product":""}`,
			code: "422 product: must be an id, or null"},
		{name: "no phone number", given: has, when: "assign_extension", data: `{"_id":"x1","mobile":["a,b"]}`,
			code: "422 mobile: must be phone numbers such as +4512345678"},
		{name: "absent of an account stays", given: mobile, when: "attach_mvno_account",
			data: `{"_id":"m1","state":"BLOCKED"}`,
			then: account(func(a *events.MvnoAccount) { a.State = "BLOCKED" })},
		{name: "null of an account", given: mobile, when: "attach_mvno_account",
			data: `{"_id":"m1","pbx":null,"mvnoSim":null}`,
			then: account(func(a *events.MvnoAccount) { a.PBX, a.Sim = 0, events.Sim{} })},
		{name: "an update that is over", given: withBasic.and(attached(updating(m))), when: "attach_mvno_account",
			data: `{"_id":"m1"}`, then: facts{attached(m)}},
		{name: "an empty rate plan", given: mobile, when: "attach_mvno_account", data: `{"_id":"m1","ratePlan":""}`,
			code: "422 ratePlan: must be an id, or null"},
		{name: "a network that is none", given: mobile, when: "attach_mvno_account",
			data: `{"_id":"m1","mvnoSim":{"network":"ACME"}}`, code: "422 mvnoSim.network: ACME is not a network"},
		{name: "a PBX that is none", given: mobile, when: "attach_mvno_account", data: `{"_id":"m1","pbx":-1}`,
			code: "422 pbx: must not be negative"},
	})
}
