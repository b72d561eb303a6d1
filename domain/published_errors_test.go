package domain_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// The callers of these tests. Reseller r1 has the customers c1 to c3 and its own company; r2 has c4.
var (
	byAdmin         = events.Actor{Employee: "a1", AccessLevel: "ADMIN", Customer: "hq"}
	byResellerAdmin = events.Actor{Employee: "a2", AccessLevel: "RESELLER_ADMIN", Customer: "own", Reseller: "r1"}
	byReseller      = events.Actor{Employee: "a3", AccessLevel: "RESELLER", Customer: "own", Reseller: "r1"}
	byOwner         = events.Actor{Employee: "a4", AccessLevel: "OWNER", Customer: "c1"}
	byManager       = events.Actor{Employee: "a5", AccessLevel: "MANAGER", Customer: "c1"}
	byViewer        = events.Actor{Employee: "a6", AccessLevel: "VIEWER", Customer: "c1"}
	byPersonal      = events.Actor{Employee: "a7", AccessLevel: "PERSONAL", Customer: "c1"}
	byNobody        = events.Actor{Employee: "a8", AccessLevel: "NO_LOGIN", Customer: "c1"}
)

// with is a create command's data of one more property than the name.
func with(property string) string { return `{"name":"Sample employee 01",` + property + `}` }

// publishedErrors are those of the create page in its order, but for internal_error, which no command gives.
var publishedErrors = []row{
	{name: "no employee in the body", when: "create", data: `null`, code: "400 employee: Employee not found in body of " +
		"request"},
	{name: "a level too low", when: "create", by: byPersonal, data: with(`"title":"x"`),
		code: "403 access_denied: Insufficient access level"},
	{name: "several at once", when: "create", data: `{"state":"DELETED"}`,
		code: "422 multiple: Multiple errors [422 state: Cannot set state to deleted, use delete method instead; 422 " +
			"name: Name is required]"},
	{name: "state", when: "create", data: with(`"state":"DELETED"`), code: "422 state: Cannot set state to deleted, " +
		"use delete method instead"},
	{name: "name", when: "create", data: `{}`, code: "422 name: Name is required"},
	{name: "password", when: "create", data: with(`"noEmail":true,"emailAddress":"sample01","passwordHash":""`),
		code: "422 password: The password complexity requirements are not met - 8 upper/lower/digits required"},
	{name: "ipRestriction", when: "create", data: with(`"ipRestriction":"87.234.55.240, 87.234.55.256"`),
		code: "422 ipRestriction: IP address(es) not valid"},
	{name: "custom", when: "create", data: with(`"custom":{"a":"` + strings.Repeat("x", 4096) + `"}`),
		code: "422 custom: Custom data too large, max. 4Kb"},
	{name: "address", when: "create", data: with(`"address":"ad9"`), code: "404 address: The address was not found"},
	{name: "emailAddress", when: "create", data: with(`"emailAddress":"sample01"`),
		code: "422 emailAddress: The e-mail address is invalid"},
	{name: "emailAddress of another", when: "create", taken: true, data: with(`"emailAddress":"s01@example.com"`),
		code: "409 emailAddress: The e-mail address is used by another account"},
	{name: "subscriptions", when: "create", data: with(`"subscriptions":["s1","s9"]`),
		code: "422 subscriptions: One or more subscriptions are not valid"},
	{name: "accessLevel above one's own", when: "create", by: byManager,
		data: with(`"accessLevel":"OWNER","emailAddress":"s01@example.com"`),
		code: "403 accessLevel: You cannot assign access level higher than your own"},
	{name: "customer", when: "create", data: with(`"customer":"c9"`), code: "404 customer: Customer not found"},
	{name: "product", when: "create", data: with(`"product":"mobile"`), code: "404 product: Product could not be found"},
	{name: "addonProducts.product", when: "create", data: with(`"addonProducts":[{"_id":"x1","product":"p9"}]`),
		code: "404 addonProducts.product: Product(s) given could not be found"},
	{name: "pinCode", when: "create", data: with(`"pinCodeSealed":""`), code: "422 pinCode: Pincode is invalid - must " +
		"be 4-10 digits or none"},
	{name: "recordingQuality", when: "create", data: with(`"recording":{"quality":"LOUD"}`),
		code: "422 recordingQuality: Invalid quality - use NORMAL, COMPACT or HIGH"},
	{name: "recordingRetension", when: "create", data: with(`"recording":{"quality":"HIGH","retension":90}`),
		code: "422 recordingRetension: Recording retension period is too long, max. 180 days for compact quality"},
	{name: "presence.state", when: "create", data: with(`"presence":{"state":"AWAY"}`),
		code: "422 presence.state: Presence state is invalid"},
	{name: "presence.expire", when: "create", data: with(`"presence":{"state":"BUSY","expire":"soon"}`),
		code: "422 presence.expire: Not a valid date"},
	{name: "voicemail.defaultGreeting", when: "create", data: with(`"voicemail":{"defaultGreeting":"g9"}`),
		code: "404 voicemail.defaultGreeting: Not found"},
	{name: "voicemail.offWorkGreeting", when: "create", data: with(`"voicemail":{"offWorkGreeting":"g9"}`),
		code: "404 voicemail.offWorkGreeting: Not found"},
	{name: "voicemail.holidayGreeting", when: "create", data: with(`"voicemail":{"holidayGreeting":"g9"}`),
		code: "404 voicemail.holidayGreeting: Not found"},
	{name: "accessLevel of a reseller in a regular customer", when: "create",
		data: with(`"accessLevel":"RESELLER","emailAddress":"s01@example.com"`),
		code: "403 accessLevel: Cannot assign reseller rights to a regular customer employee"},
	{name: "billingCustomer", when: "create", data: with(`"billingCustomer":"c3"`),
		code: "409 billingCustomer: An employee can not be assigned a billing customer not assosciated with the " +
			"employer's customer."},
	{name: "organizationResellers", when: "create", data: with(`"organizationResellers":["r2","r3"]`),
		code: "404 organizationResellers: One or more of the selected resellers are not valid or has not be granted to " +
			"this employees customer."},
}

func TestPublishedErrors_OfTheCreatePage(t *testing.T) {
	t.Parallel()
	require.Len(t, publishedErrors, 28-1)
	checkRows(t, "employee/e1", "employee.", publishedErrors)
}

// TestPublishedErrors_OfAnUpdate sends each property that is refused at creation to an employee who exists.
func TestPublishedErrors_OfAnUpdate(t *testing.T) {
	t.Parallel()
	only := map[string]bool{"no employee in the body": true, "a level too low": true, "several at once": true,
		"name": true, "customer": true}
	for _, r := range publishedErrors {
		if only[r.name] {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.when, r.given = "update", withBasic
			r.check(t, "employee/e1", "employee.")
		})
	}
}

func TestPublishedErrors_AllAtOnceEachWithItsStatus(t *testing.T) {
	t.Parallel()
	const data = `{"customer":"c1","accessLevel":"RESELLER","state":"DELETED","name":" ","emailAddress":"x","noEmail":"no","ipRestriction":"a.b.c.d",
		"custom":[],"address":"ad9","subscriptions":["s9"],"product":"p9","addonProducts":[{"_id":"x1","product":"p9"}],"pinCodeSealed":"1234",
		"recording":{"mode":"SOMETIMES","quality":"LOUD","retension":731},"presence":{"state":"AWAY","expire":"soon"},"language":"fr",
		"voicemail":{"defaultGreeting":"g9","offWorkGreeting":"g9","holidayGreeting":"g9"},"billingCustomer":"c3","organizationResellers":["r9"],
		"effective":[],"nickname":"x","password":"x","deleteDate":"2030-01-01"}`
	_, err := order(employee(t), at(noon), "employee.create.v1", data)
	r, ok := domain.AsRejection(err)
	require.True(t, ok)
	assert.Equal(t, "multiple", r.Code)
	var got []string
	for _, inner := range r.Inner {
		assert.Empty(t, inner.Inner, "none stands inside another")
		got = append(got, refusal(t, inner)[:4]+inner.Code)
	}
	assert.ElementsMatch(t, []string{"422 effective", "422 nickname", "422 password", "422 presence.expire",
		"422 presence.state",
		"403 accessLevel", "422 state", "404 product", "409 billingCustomer", "422 deleteDate", "422 name",
		"422 emailAddress", "422 noEmail",
		"422 ipRestriction", "404 organizationResellers", "422 subscriptions", "404 address", "422 language",
		"422 recording.mode",
		"422 recordingQuality", "422 recordingRetension", "422 pinCode", "422 custom", "404 voicemail.defaultGreeting",
		"404 voicemail.offWorkGreeting", "404 voicemail.holidayGreeting", "404 addonProducts.product"}, got)
}

func TestPublishedErrors_WithoutAnEmployee(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", "null", "[]", `"x"`, "7"} {
		_, err := order(employee(t), at(noon), "employee.create.v1", data)
		assert.Equal(t, "400 employee: Employee not found in body of request", refusal(t, err), data)
	}
}
