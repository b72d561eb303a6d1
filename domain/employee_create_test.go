package domain_test

import (
	"encoding/json"
	"testing"

	"tenure/billing"
	"tenure/events"
)

const emailInvalid = "422 emailAddress: The e-mail address is invalid"

func raw(s string) json.RawMessage { return json.RawMessage(s) }

// newcomer is what a create with only a name gives at noon.
func newcomer(change func(*events.EmployeeCreated)) events.Event {
	e := events.EmployeeCreated{
		Number: 1024, Customer: "c1", Reseller: "r1", Currency: "DKK", AccessLevel: "NO_LOGIN", State: "ENABLED",
		On: day("2026-05-12"), Personal: events.Attributes{"name": raw(`"Sample employee 01"`)},
	}
	if change != nil {
		change(&e)
	}
	return e
}

func TestCreateEmployee(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a name is enough: it is of the caller's customer, enabled, without login", when: "create",
			data: `{"name":"Sample employee 01"}`, then: facts{newcomer(nil)}},
		{name: "customer, level, state and attributes are the employee's as given", when: "create",
			data: `{"name":"Sample employee 01","customer":"c3","accessLevel":"MANAGER","state":"DISABLED","emailAddress":"s01@example.com","language":"da"}`,
			then: facts{newcomer(func(e *events.EmployeeCreated) {
				e.Customer, e.AccessLevel, e.State = "c3", "MANAGER", "DISABLED"
				e.Attributes = events.Attributes{"language": raw(`"da"`)}
				e.Personal["emailAddress"] = raw(`"s01@example.com"`)
			})}},
		{name: "what it begins with follows its creation, from today", when: "create",
			data: `{"name":"Sample employee 01","product":"basic","billingCustomer":"c2","deleteDate":"2026-06-30","deleteExtensions":true,"deleteMvnoAccounts":true,
				"addonProducts":[{"_id":"a1","product":"phone","units":2,"unitPrice":"19.50","start":"2026-06-01","terminates":"2027-01-01"},{"_id":"a2","product":"setup"}]}`,
			then: facts{newcomer(nil),
				events.BillingCustomerChanged{Effective: day("2026-05-12"), BillingCustomer: "c2"},
				events.ProductAssigned{Product: "basic", From: day("2026-05-12")},
				events.AddonAdded{Addon: events.Addon{ID: "a1", Product: "phone", Units: amount("2"), UnitPrice: price("19.50"),
					Start: day("2026-06-01"), Terminate: day("2027-01-01")}},
				events.AddonAdded{Addon: events.Addon{ID: "a2", Product: "setup", Units: billing.One, Start: day("2026-05-12")}},
				deletion("2026-06-30", true, true)}},
		{name: "effective moves the product's first day", when: "create",
			data: `{"name":"Sample employee 01","product":"basic","effective":"2026-02-01"}`,
			then: facts{newcomer(nil), events.ProductAssigned{Product: "basic", From: day("2026-02-01")}}},
		{name: "just before local midnight it is still the old day", when: "create", at: "2026-05-12T21:59:59Z",
			data: `{"name":"Sample employee 01"}`, then: facts{newcomer(nil)}},
		{name: "after local midnight it is the next day, though not in UTC", when: "create", at: "2026-05-12T22:00:00Z",
			data: `{"name":"Sample employee 01"}`,
			then: facts{newcomer(func(e *events.EmployeeCreated) { e.On = day("2026-05-13") })}},
	})
}

func TestCreateEmployee_Refused(t *testing.T) {
	t.Parallel()
	const name = `{"name":"Sample employee 01",`
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "one who exists", given: created, when: "create", data: `{"name":"Sample employee 01"}`,
			code: "409 employee: Employee already exists"},
		{name: "one who was deleted: its id stays the employee's", given: isDeleted, when: "create",
			data: `{"name":"Sample employee 01"}`,
			code: "409 employee: Employee already exists"},
		{name: "without a name", when: "create", data: `{}`, code: "422 name: Name is required"},
		{name: "a blank name", when: "create", data: `{"name":"  "}`, code: "422 name: Name is required"},
		{name: "a name that is no text", when: "create", data: `{"name":7}`, code: "422 name: Name is required"},
		{name: "login without an e-mail address", when: "create", data: name + `"accessLevel":"PERSONAL"}`,
			code: emailInvalid},
		{name: "the state deleted", when: "create", data: name + `"state":"DELETED"}`,
			code: "422 state: Cannot set state to deleted, use delete method instead"},
		{name: "an unknown state", when: "create", data: name + `"state":"AWAY"}`, code: "422 state: AWAY is not a state"},
		{name: "an unknown level", when: "create", data: name + `"accessLevel":"KING","emailAddress":"s01@example.com"}`,
			code: "422 accessLevel: KING is not an access level"},
		{name: "an unknown customer", when: "create", data: name + `"customer":"c9"}`,
			code: "404 customer: Customer not found"},
		{name: "an unknown product", when: "create", data: name + `"product":"p9"}`,
			code: "404 product: Product could not be found"},
		{name: "a product of another type", when: "create", data: name + `"product":"phone"}`,
			code: "404 product: Product could not be found"},
		{name: "a product that may not be assigned yet", when: "create", data: name + `"product":"upcoming"}`,
			code: "404 product: Product could not be found"},
		{name: "a product whose ancestor may not be assigned yet", when: "create", data: name + `"product":"successor"}`,
			code: "404 product: Product could not be found"},
		{name: "a product for a customer without the PBX feature", when: "create", data: name +
			`"customer":"c2","product":"basic"}`,
			code: "422 product: Only available for customers with the PBX feature"},
		{name: "an unknown addon product", when: "create", data: name + `"addonProducts":[{"_id":"a1","product":"p9"}]}`,
			code: "404 addonProducts.product: Product(s) given could not be found"},
		{name: "an addon without an id", when: "create", data: name + `"addonProducts":[{"product":"phone"}]}`,
			code: "422 addonProducts._id: Each addon product needs its own id"},
		{name: "an addon id that means its product", when: "create", data: name +
			`"addonProducts":[{"_id":"product","product":"phone"}]}`,
			code: "422 addonProducts._id: Each addon product needs its own id"},
		{name: "an addon id given twice", when: "create",
			data: name + `"addonProducts":[{"_id":"a1","product":"phone"},{"_id":"a1","product":"phone"}]}`,
			code: "422 addonProducts._id: is twice in the list"},
		{name: "a payer that its customer is not associated with", when: "create", data: name + `"billingCustomer":"c3"}`,
			code: "409 billingCustomer: An employee can not be assigned a billing customer not assosciated with the " +
				"employer's customer."},
		{name: "a deletion too far ahead", when: "create", data: name + `"deleteDate":"2028-05-13"}`,
			code: "422 deleteDate: Delete date is too far in the future"},
		{name: "two problems are told at once, each with its status", when: "create", data: `{"customer":"c9"}`,
			code: "422 multiple: Multiple errors [422 name: Name is required; 404 customer: Customer not found]"},
		{name: "a password in clear", when: "create", data: name + `"password":"x"}`,
			code: "422 password: must not be in a command: it is hashed or sealed before"},
	})
}
