package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// wrong is a body with one mistake in it, and the error of the create page that it is told.
type wrong struct {
	by      events.Actor // default: an ADMIN
	members string       // besides customer and name
	whole   string       // the body, instead
	status  int
	code    string
	message string
	alone   bool // it comes before anything else is looked at, and so never together with others
}

// createErrors are those of the create page in its order; "multiple" and internal_error have their own tests below.
var createErrors = []wrong{
	{whole: `[]`, status: 400, code: "employee", message: "Employee not found in body of request", alone: true},
	{by: at("PERSONAL"), status: 403, code: "access_denied", message: "Insufficient access level", alone: true},
	{members: `"state":"DELETED"`, status: 422, code: "state", message: "Cannot set state to deleted, use delete " +
		"method instead"},
	{members: `"title":"x"`, whole: body28("", false), status: 422, code: "name", message: "Name is required",
		alone: true},
	{members: `"noEmail":true,"emailAddress":"sample.user","password":"alllowercase1"`, status: 422, code: "password",
		message: "The password complexity requirements are not met - 8 upper/lower/digits required"},
	{members: `"ipRestriction":"87.234.55.256"`, status: 422, code: "ipRestriction", message: "IP address(es) not valid"},
	{members: `"custom":{"a":"` + strings.Repeat("x", 4096) + `"}`, status: 422, code: "custom",
		message: "Custom data too large, max. 4Kb"},
	{members: `"address":"ad00000000000000000000ff"`, status: 404, code: "address", message: "The address was not found"},
	{members: `"emailAddress":"nobody"`, status: 422, code: "emailAddress", message: "The e-mail address is invalid"},
	{members: `"emailAddress":"Taken@sample.example"`, status: 409, code: "emailAddress",
		message: "The e-mail address is used by another account"},
	{
		members: `"subscriptions":["` + subscription + `","5f00000000000000000000ff"]`,
		status:  422,
		code:    "subscriptions",
		message: "One or more subscriptions are not valid",
	},
	{by: at("MANAGER"), members: `"accessLevel":"OWNER","emailAddress":"higher@sample.example"`, status: 403,
		code:    "accessLevel",
		message: "You cannot assign access level higher than your own"},
	{whole: `{"name":"Sample employee 28","customer":"5c00000000000000000000ff"}`, status: 404, code: "customer",
		message: "Customer not found", alone: true},
	{members: `"product":"5b00000000000000000000ff"`, status: 404, code: "product", message: "Product could not be found"},
	{members: `"addonProducts":[{"_id":"5d0000000000000000000001","product":"5b00000000000000000000ff"}]`, status: 404,
		code:    "addonProducts.product",
		message: "Product(s) given could not be found"},
	{members: `"pinCode":"12345678901"`, status: 422, code: "pinCode", message: "Pincode is invalid - must be 4-10 " +
		"digits or none"},
	{members: `"recording":{"quality":"LOUD"}`, status: 422, code: "recordingQuality",
		message: "Invalid quality - use NORMAL, COMPACT or HIGH"},
	{members: `"recording":{"retension":90}`, status: 422, code: "recordingRetension",
		message: "Recording retension period is too long, max. 180 days for compact quality"},
	{members: `"presence":{"state":"AWAY"}`, status: 422, code: "presence.state", message: "Presence state is invalid"},
	{members: `"presence":{"state":"BUSY","expire":"soon"}`, status: 422, code: "presence.expire",
		message: "Not a valid date"},
	{members: `"voicemail":{"defaultGreeting":"6a00000000000000000000ff"}`, status: 404, code: "voicemail.defaultGreeting",
		message: "Not found"},
	{members: `"voicemail":{"offWorkGreeting":"6a00000000000000000000ff"}`, status: 404, code: "voicemail.offWorkGreeting",
		message: "Not found"},
	{members: `"voicemail":{"holidayGreeting":"6a00000000000000000000ff"}`, status: 404, code: "voicemail.holidayGreeting",
		message: "Not found"},
	{members: `"accessLevel":"RESELLER","emailAddress":"regular@sample.example"`, status: 403, code: "accessLevel",
		message: "Cannot assign reseller rights to a regular customer employee"},
	{members: `"billingCustomer":"` + foreignCustomer + `"`, status: 409, code: "billingCustomer",
		message: "An employee can not be assigned a billing customer not assosciated with the employer's customer."},
	{members: `"organizationResellers":["` + otherReseller + `","` + parentReseller + `"]`, status: 404,
		code:    "organizationResellers",
		message: "One or more of the selected resellers are not valid or has not be granted to this employees customer."},
}

// told are the errors of an answer, without the property and the check that some add.
type told struct {
	Error struct {
		Status        int
		Code, Message string
		Inner         []toldOne
	}
}

type toldOne struct {
	Status        int
	Code, Message string
}

func TestErrors_CreatePage(t *testing.T) {
	t.Parallel()
	require.Len(t, createErrors, 28-2)
	o, h := startLocal(t)
	createEmployee(t, `"emailAddress":"taken@sample.example"`)
	nameless := toldOne{http.StatusUnprocessableEntity, "name", "Name is required"}
	for _, c := range createErrors {
		t.Run(fmt.Sprint(c.status, " ", c.code, ": ", c.message), func(t *testing.T) {
			t.Parallel()
			if c.by == (events.Actor{}) {
				c.by = at("ADMIN")
			}
			post := func(body string) (status int, said told) {
				w := call(t, h, http.MethodPost, "/employee", body, o.by(t, c.by)...)
				decodeInto(t, w.Body.Bytes(), &said)
				conforms(t, "/employee", "post", w.Code, w.Body.Bytes())
				return w.Code, said
			}
			whole := c.whole
			if whole == "" {
				whole = body28(c.members, true)
			}
			status, said := post(whole)
			require.Equal(t, c.status, status)
			require.Equal(t, toldOne{c.status, c.code, c.message},
				toldOne{said.Error.Status, said.Error.Code, said.Error.Message})
			require.Empty(t, said.Error.Inner, "one problem is its own envelope")
			if c.alone {
				return
			}
			status, said = post(body28(c.members, false))
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Equal(t, toldOne{422, "multiple", "Multiple errors"},
				toldOne{said.Error.Status, said.Error.Code, said.Error.Message})
			require.ElementsMatch(t, []toldOne{{c.status, c.code, c.message}, nameless},
				said.Error.Inner, "each keeps its own status")
		})
	}
}

func TestErrors_CreatePageAllAtOnce(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	w := call(
		t,
		h,
		http.MethodPost,
		"/employee",
		`{"customer":"5c00000000000000000000ff","state":"DELETED","accessLevel":"RESELLER","noEmail":true,"emailAddress":"short",
		"password":"x","ipRestriction":"x","custom":{"a":"`+strings.Repeat("x",
			4096)+`"},"pinCode":"x","recording":{"quality":"LOUD","retension":2},
		"presence":{"state":"AWAY","expire":"soon"},"product":"x","addonProducts":[{"_id":"5d0000000000000000000001","product":"x"}]}`,
		o.as(t, "ADMIN")...)
	var said told
	decodeInto(t, w.Body.Bytes(), &said)
	var codes []string
	for _, inner := range said.Error.Inner {
		codes = append(codes, fmt.Sprint(inner.Status, " ", inner.Code))
	}
	require.ElementsMatch(
		t,
		[]string{"404 customer", "422 state", "403 accessLevel", "422 name", "422 emailAddress", "422 password",
			"422 ipRestriction", "422 custom",
			"422 pinCode", "422 recordingQuality", "422 recordingRetension", "422 presence.state", "422 presence.expire",
			"404 product",
			"404 addonProducts.product"},
		codes,
	)
}

func TestErrors_CreatePageInternal(t *testing.T) {
	t.Parallel()
	o, _ := startLocal(t)
	h := serve(func(c *Config) {
		c.Database = o.db
		c.Send = func(context.Context, Command) (domain.Outcome, error) { return domain.Outcome{}, errors.New("a fault") }
	})
	w := call(t, h, http.MethodPost, "/employee", body28("", true), o.as(t, "ADMIN")...)
	refused(t, w, 500, "internal_error", "Internal error")
}

// TestErrors_GetPage: 404 addonProducts.product stands on the page, and is never told of a get.
func TestErrors_GetPage(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	id := createEmployee(t, "")["_id"].(string)
	require.NoError(
		t,
		o.recordEvents(t.Context(), id, events.AddonAdded{Addon: events.Addon{ID: "5d00000000000000000000aa",
			Product: "5b00000000000000000000ff"}}),
	)
	require.Len(t, document(t, ask(t, h, "/employee/"+id, o.as(t, "ADMIN")...))["addonProducts"], 1)
	refused(t, ask(t, h, "/employee/"+unknown, o.as(t, "ADMIN")...), 404, "employee", "Employee not found")
	refused(t, ask(t, h, "/employee/"+id, o.as(t, "PERSONAL")...), 403, "access_denied", "Insufficient access level")
	require.Equal(t, domain.StateEnabled,
		document(t, ask(t, h, "/employee/"+strings.ToUpper(id), o.as(t, "VIEWER")...))["state"])
}
