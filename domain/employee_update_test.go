package domain_test

import (
	"testing"

	"tenure/events"
)

func TestUpdateEmployee(t *testing.T) {
	t.Parallel()
	payer := func(id, from string) events.Event {
		return events.BillingCustomerChanged{Effective: day(from), BillingCustomer: id}
	}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "state and level change, with the address that the level requires", given: withBasic, when: "update",
			data: `{"state":"DISABLED","accessLevel":"MANAGER","emailAddress":"s01@example.com"}`,
			then: facts{events.EmployeeUpdated{State: "DISABLED", AccessLevel: "MANAGER",
				Personal: events.Attributes{"emailAddress": raw(`"s01@example.com"`)}}}},
		{name: "state and level that it has change nothing", given: withBasic, when: "update",
			data: `{"state":"ENABLED","accessLevel":"NO_LOGIN"}`},
		{name: "nothing given changes nothing", given: withBasic, when: "update", data: `{}`},
		{name: "no data at all changes nothing", given: withBasic, when: "update"},
		{name: "attributes go as they came, null clears, personal ones apart",
			given: of("NO_LOGIN", events.Attributes{"language": raw(`"da"`)}, nil), when: "update",
			data: `{"language":null,"name":"Sample employee 02","custom":{"a":[1,2]}}`,
			then: facts{events.EmployeeUpdated{Attributes: events.Attributes{"language": raw("null")},
				Personal: events.Attributes{"name": raw(`"Sample employee 02"`), "custom": raw(`{"a":[1,2]}`)}}}},
		{name: "another customer pays from today", given: withBasic, when: "update", data: `{"billingCustomer":"c2"}`,
			then: facts{payer("c2", "2026-05-12")}},
		{name: "another customer pays from a day", given: withBasic, when: "update",
			data: `{"billingCustomer":"c2","effective":"2026-06-01"}`,
			then: facts{payer("c2", "2026-06-01")}},
		{name: "who pays already goes on paying", given: withBasic.and(payer("c2", "2026-03-01")), when: "update",
			data: `{"billingCustomer":"c2"}`},
		{name: "null lets its own customer pay again", given: withBasic.and(payer("c2", "2026-03-01")), when: "update",
			data: `{"billingCustomer":null}`, then: facts{payer("", "2026-05-12")}},
		{name: "null changes nothing where its own customer pays", given: withBasic, when: "update",
			data: `{"billingCustomer":null}`},
		{name: "another product is the employee's from today", given: withBasic, when: "update", data: `{"product":"large"}`,
			then: facts{events.ProductAssigned{Product: "large", From: day("2026-05-12")}}},
		{name: "the product that it has changes nothing", given: withBasic, when: "update", data: `{"product":"basic"}`},
		{name: "the product that it has may be given though it may not be assigned any more", at: "2026-07-01T10:00:00Z",
			when:  "update",
			given: created.and(events.ProductAssigned{Product: "retired", From: day("2026-01-15")}),
			data:  `{"product":"retired"}`},
		{name: "null takes the product from the employee", given: withBasic, when: "update", data: `{"product":null}`,
			then: facts{events.ProductAssigned{From: day("2026-05-12")}}},
		{name: "a product may be assigned on the day from which it is the employee's", given: withBasic, when: "update",
			data: `{"product":"upcoming","effective":"2026-06-01"}`,
			then: facts{events.ProductAssigned{Product: "upcoming", From: day("2026-06-01")}}},
	})
}

func TestUpdateEmployee_Refused(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one who does not exist", when: "update", data: `{"state":"DISABLED"}`,
			code: "404 employee: Employee not found"},
		{name: "one who is deleted", given: isDeleted, when: "update", data: `{"state":"DISABLED"}`,
			code: "404 employee: Employee not found"},
		{name: "one who is being deleted", given: isDeleting, when: "update", data: `{"state":"DISABLED"}`,
			code: "409 state: Employee is being deleted"},
		{name: "the name cleared", given: withBasic, when: "update", data: `{"name":null}`,
			code: "422 name: Name is required"},
		{name: "a blank name", given: withBasic, when: "update", data: `{"name":" "}`, code: "422 name: Name is required"},
		{name: "the state deleted", given: withBasic, when: "update", data: `{"state":"DELETED"}`,
			code: "422 state: Cannot set state to deleted, use delete method instead"},
		{name: "an unknown level", given: withBasic, when: "update", data: `{"accessLevel":"KING"}`,
			code: "422 accessLevel: KING is not an access level"},
		{name: "an unknown product", given: withBasic, when: "update", data: `{"product":"p9"}`,
			code: "404 product: Product could not be found"},
		{name: "a product on its end day", given: withBasic, when: "update",
			data: `{"product":"retired","effective":"2026-06-01"}`,
			code: "404 product: Product could not be found"},
		{name: "a payer that its customer is not associated with", given: withBasic, when: "update",
			data: `{"billingCustomer":"c3"}`,
			code: "409 billingCustomer: An employee can not be assigned a billing customer not assosciated with the " +
				"employer's customer."},
		{name: "a PIN in clear", given: withBasic, when: "update", data: `{"pinCode":"x"}`,
			code: "422 pinCode: must not be in a command: it is hashed or sealed before"},
	})
}

func TestScheduleProductChange(t *testing.T) {
	t.Parallel()
	scheduled := withBasic.and(change("large", "2026-06-01"))
	const command = "schedule_product_change"
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "another product comes on the first of next month", given: withBasic, when: command,
			data: `{"newProduct":"large"}`,
			then: facts{change("large", "2026-06-01")}},
		{name: "on the first it comes a month later", given: withBasic, at: "2026-06-01T10:00:00Z", when: command,
			data: `{"newProduct":"large"}`,
			then: facts{change("large", "2026-07-01")}},
		{name: "at year end it comes in January", given: withBasic, at: "2026-12-31T22:59:59Z", when: command,
			data: `{"newProduct":"large"}`,
			then: facts{change("large", "2027-01-01")}},
		{name: "after local midnight of the new year it comes in February", given: withBasic, at: "2026-12-31T23:00:00Z",
			when: command,
			data: `{"newProduct":"large"}`, then: facts{change("large", "2027-02-01")}},
		{name: "from 31 January it comes on 1 February", given: withBasic, at: "2026-01-31T10:00:00Z", when: command,
			data: `{"newProduct":"large"}`,
			then: facts{change("large", "2026-02-01")}},
		{name: "what may be assigned on that day may be scheduled before", given: withBasic, when: command,
			data: `{"newProduct":"successor"}`,
			then: facts{change("successor", "2026-06-01")}},
		{name: "setting again replaces", given: scheduled, when: command, data: `{"newProduct":"upcoming"}`,
			then: facts{change("upcoming", "2026-06-01")}},
		{name: "the same change again changes nothing", given: scheduled, when: command, data: `{"newProduct":"large"}`},
		{name: "null cancels", given: scheduled, when: command, data: `{"newProduct":null}`,
			then: facts{events.ProductChangeCancelled{}}},
		{name: "null without a change changes nothing", given: withBasic, when: command, data: `{"newProduct":null}`},
		{name: "what ends by that day is refused", given: withBasic, when: command, data: `{"newProduct":"retired"}`,
			code: "404 product: Product could not be found"},
		{name: "another type is refused", given: withBasic, when: command, data: `{"newProduct":"phone"}`,
			code: "404 product: Product could not be found"},
		{name: "one who is being deleted keeps what it has", given: isDeleting, when: command, data: `{"newProduct":"large"}`,
			code: "409 state: Employee is being deleted"},
		{name: "one who does not exist is not found", when: command, data: `{"newProduct":"large"}`,
			code: "404 employee: Employee not found"},
	})
}

func TestUpdateEmployee_AProductOfTodayLeavesTheScheduledOne(t *testing.T) {
	t.Parallel()
	e := employee(t, withBasic.and(change("large", "2026-06-01"), events.ProductAssigned{Product: "upcoming",
		From: day("2026-05-12")})...)
	got := e.Advance(at("2026-06-01T10:00:00Z"))
	wantFacts(t, got, events.ProductAssigned{Product: "large", From: day("2026-06-01")})
}
