package domain_test

import (
	"testing"

	"tenure/events"
)

// TestDecide_OffersWhatTheCustomerItsResellerAndTheMasterCatalogHave: products of others do not exist for an employee,
// whoever assigns them.
func TestDecide_OffersWhatTheCustomerItsResellerAndTheMasterCatalogHave(t *testing.T) {
	t.Parallel()
	const none = "404 product: Product could not be found"
	assigned := func(id string) facts { return facts{events.ProductAssigned{Product: id, From: day("2026-05-12")}} }
	rows := []row{
		{name: "the master's", by: byManager, data: `{"product":"large"}`, then: assigned("large")},
		{name: "its reseller's", by: byManager, data: `{"product":"ofr1"}`, then: assigned("ofr1")},
		{name: "its own", by: byManager, data: `{"product":"ofc1"}`, then: assigned("ofc1")},
		{name: "another reseller's", by: byManager, data: `{"product":"ofr2"}`, code: none},
		{name: "another reseller's, by an ADMIN", by: byAdmin, data: `{"product":"ofr2"}`, code: none},
		{name: "another customer's", by: byAdmin, data: `{"product":"ofc2"}`, code: none},
		{name: "one for resellers to apply", by: byOwner, data: `{"product":"onlyr1"}`, code: none},
		{name: "by a reseller", by: byReseller, data: `{"product":"onlyr1"}`, then: assigned("onlyr1")},
		{name: "another's for later", by: byOwner, data: `{"newProduct":"ofr2"}`, code: none},
		{name: "another's addon", by: byOwner, data: `{"addonProducts":[{"_id":"a1","product":"addonr2"}]}`,
			code: "404 addonProducts.product: Product(s) given could not be found"},
	}
	for i := range rows {
		rows[i].given, rows[i].when = withBasic, "update"
	}
	checkRows(t, "employee/e1", "employee.", rows)
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "another's rate plan", by: byOwner, given: hasSim, when: "schedule_rate_plan_change",
			data: `{"_id":"m1","newRatePlan":"planr2"}`,
			code: "404 newRatePlan: Rate plan could not be found"},
	})
	checkRows(t, "product/p9", "catalog.", []row{
		{name: "an owner that there is not", when: "put_product", data: `{"reseller":"r9"}`,
			code: "404 reseller: Reseller not found"},
		{name: "a customer that there is not", when: "put_product", data: `{"customer":"c9"}`,
			code: "404 customer: Customer not found"},
		{name: "a customer of another reseller", when: "put_product", data: `{"customer":"c4","reseller":"r1"}`,
			code: "409 customer: The customer has another reseller"},
	})
	checkRows(t, "reseller/r8", "catalog.", []row{
		{name: "a company that two resellers would share", when: "put_reseller", data: `{"company":"own"}`,
			code: "409 company: The customer is another reseller's company"},
	})
}
