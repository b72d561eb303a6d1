package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

// The contract is what the published pages promise to callers, and what is done where they contradict each other. Each
// clause is a row that is shown over HTTP; what time does, and who may order what, is the contract of package domain.

// clause is one row.
type clause struct {
	row   string
	holds func(t *testing.T)
}

func hold(t *testing.T, clauses []clause) {
	t.Helper()
	for _, c := range clauses {
		t.Run(c.row, func(t *testing.T) {
			t.Parallel()
			c.holds(t)
		})
	}
}

// said sends a request as a caller and returns status and body.
func said(t *testing.T, h http.Handler, method, path, body string, headers []string) string {
	t.Helper()
	w := call(t, h, method, path, body, headers...)
	return fmt.Sprint(w.Code, " ", strings.TrimSpace(w.Body.String()))
}

// TestContract_FivePages: each of them is served.
func TestContract_FivePages(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	key := o.as(t, "OWNER")
	hired := createEmployee(t, `"emailAddress":"page@sample.example"`)
	id := hired["_id"].(string)
	hold(t, []clause{
		{"Telecom X, employee get: GET /employee/ID", func(t *testing.T) {
			require.Equal(t, id, document(t, ask(t, h, "/employee/"+id, key...))["_id"])
		}},
		{"Telecom X, employee create: POST /employee", func(t *testing.T) {
			require.Equal(t, ownCustomer, hired["customer"])
		}},
		{"Telecom X, PBX directory: GET and POST /pbx/app/employees", func(t *testing.T) {
			require.Contains(t, said(t, h, "GET", "/pbx/app/employees?ids="+id, "", key), `200 [{"_id":"`+id+`"`)
			require.Contains(t, said(t, h, "POST", "/pbx/app/employees", `["`+id+`"]`, key), `200 [{"_id":"`+id+`"`)
		}},
		{"CallGear: JSON-RPC get.employees", func(t *testing.T) {
			require.Contains(t, said(t, h, "POST", callGearPath,
				`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":"`+key[1]+
					`","filter":{"field":"email","operator":"=","value":"page@sample.example"}}}`, nil), `"total_items":1`)
		}},
		{"jtel: /users, /users/user/ID, /users/user?uid=", func(t *testing.T) {
			require.Contains(t, said(t, h, "GET", "/rest/v1.0/7/users", "", key), `"UID":"page@sample.example"`)
			require.Contains(t, said(t, h, "GET", "/rest/v1.0/7/users/user?uid=page@", "", key), `"count":1`)
			require.Contains(t, said(t, h, "GET", "/rest/v1.0/7/users/user/99999", "", key), `User not found`)
		}},
	})
}

// retained is the status and code of a creation with recording settings.
func retained(t *testing.T, settings string) string {
	t.Helper()
	o, h := startLocal(t)
	var answer told
	w := call(t, h, http.MethodPost, "/employee", body28(`"recording":`+settings, true), o.as(t, "ADMIN")...)
	decodeInto(t, w.Body.Bytes(), &answer)
	return fmt.Sprint(w.Code, " ", answer.Error.Code)
}

// TestContract_WhereThePagesContradict: fourteen rows, each with what is done.
func TestContract_WhereThePagesContradict(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	admin := o.as(t, "ADMIN")
	clauses := []clause{
		{"COMPACT recordings are kept up to 730 days, though the error says 180", func(t *testing.T) {
			for _, days := range []int{1, 3, 7, 14, 30, 90, 180, 365, 730, 2, 31, 60, 731} {
				common := days <= 30 && days != 2
				long := days == 90 || days == 180 || days == 365 || days == 730
				for quality, may := range map[string]bool{"COMPACT": common || long, "NORMAL": common, "HIGH": common} {
					want := map[bool]string{true: "200 ", false: "422 recordingRetension"}[may]
					require.Equal(t, want, retained(t, fmt.Sprintf(`{"quality":%q,"retension":%d}`, quality, days)), "%s for %d days",
						quality, days)
				}
			}
		}},
		{"retension is spelled so on the wire", func(t *testing.T) {
			require.Equal(t, map[string]any{"retension": 7.0}, createEmployee(t, `"recording":{"retension":7}`)["recording"])
			require.Equal(t, "422 recording.retention", retained(t, `{"retention":7}`))
		}},
		{"terminate and terminates, MONTHS and MONTH: both are taken, the first is told", func(t *testing.T) {
			for _, name := range []string{"terminate", "terminates"} {
				doc := createEmployee(
					t, `"addonProducts":[{"_id":"5d0000000000000000000001","product":"`+productAddon+`","`+name+`":"2027-01-01"}]`)
				require.Equal(t, "2027-01-01", doc["addonProducts"].([]any)[0].(map[string]any)["terminate"])
				require.NotContains(t, doc["addonProducts"].([]any)[0], "terminates")
			}
			require.Equal(t, "MONTHS", createEmployee(t, `"product":"`+productOfCustomer+`"`)["product"].(map[string]any)["unitType"])
		}},
		{"a PBX user product is a PBX_USER, whatever the example says", func(t *testing.T) {
			require.Equal(t, `404 {"error":{"status":404,"code":"product","message":"Product could not be found"}}`,
				said(t, h, "POST", "/employee", body28(`"product":"`+productRatePlan+`"`, true), admin))
		}},
		{"deleteMvnoAccounts is taken at creation, and is false", func(t *testing.T) {
			require.Equal(t, false, createEmployee(t, `"deleteDate":"2026-12-24"`)["deleteMvnoAccounts"])
			require.Equal(t, true, createEmployee(t,
				`"deleteDate":"2026-12-24","deleteMvnoAccounts":true`)["deleteMvnoAccounts"])
		}},
		{"newProduct is set by an update only", func(t *testing.T) {
			doc := createEmployee(t, `"product":"`+productOfCustomer+`","newProduct":"`+productMaster+`"`)
			require.NotContains(t, doc, "newProduct")
			require.Equal(t, productMaster, change(t, doc["_id"], `{"newProduct":"`+productMaster+`"}`)["newProduct"])
			require.NotContains(t, change(t, doc["_id"], `{"newProduct":null}`), "newProduct")
		}},
		{"the state DELETED is listed, and refused", func(t *testing.T) {
			require.Contains(
				t,
				said(t, h, "POST", "/employee", body28(`"state":"DELETED"`, true), admin),
				`"code":"state","message":"Cannot set state to deleted, use delete method instead"`,
			)
		}},
		{"404 addonProducts.product is never told of a get", func(t *testing.T) {
			id := createEmployee(t, "")["_id"].(string)
			require.NoError(t, o.recordEvents(t.Context(), id,
				events.AddonAdded{Addon: events.Addon{ID: "5d00000000000000000000ab", Product: unknown}}))
			require.Len(t, document(t, ask(t, h, "/employee/"+id, admin...))["addonProducts"], 1)
		}},
		{"the directory takes an object with ids and a bare list, not the page's { [ … ] }", func(t *testing.T) {
			id, owner := createEmployee(t, "")["_id"].(string), o.as(t, "OWNER")
			for _, body := range []string{`{"ids":["` + id + `"],"calls":true,"standalone":false}`, `["` + id + `"]`} {
				require.Contains(t, said(t, h, "POST", "/pbx/app/employees", body, owner), `200 [{"_id":"`+id+`"`)
			}
			require.Contains(t, said(t, h, "POST", "/pbx/app/employees", `{ [ "`+id+`" ] }`, owner), `400 `)
		}},
		{"RESELLER_ADMIN may read the directory", func(t *testing.T) {
			require.Contains(t, said(t, h, "GET", "/pbx/app/employees?customer="+ownCustomer, "", o.as(t, "RESELLER_ADMIN")),
				`200 [`)
		}},
	}
	hold(t, clauses)
}

func TestContract_WhereThePagesSayNothing(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	admin := o.as(t, "ADMIN")
	clauses := []clause{
		{"ids have 24 hexadecimal characters; the examples of the pages are no JSON", func(t *testing.T) {
			for _, id := range []string{"1234578901234567890ABCD", "12345678901234567890ABCDE", "12345678901234567890ABCX"} {
				require.Contains(t, said(t, h, "GET", "/employee/"+id, "", admin), `404 `)
				require.Contains(t, said(t, h, "POST", "/employee", body28(`"picture":"`+id+`"`, true), admin), `"code":"picture"`)
			}
			for _, body := range []string{`{name: 'Sample'}`,
				`{"name":"x","presence":{"expire":ISODate("2018-01-01T13:00:00Z")}}`, `{"name":"x",
			"organizationResellers":null.}`} {
				require.Contains(
					t,
					said(t, h, "POST", "/employee", body, admin),
					`400 {"error":{"status":400,"code":"employee","message":"Employee not found in body of request"}}`,
				)
			}
		}},
		{"customer is the caller's where none is given", func(t *testing.T) {
			require.Equal(t, ownCustomer, document(t, call(t, h, "POST", "/employee", `{"name":"Sample employee 28"}`,
				o.as(t, "VIEWER")...))["customer"])
		}},
		{"name is required, and emailAddress unless NO_LOGIN, which is the default level", func(t *testing.T) {
			require.Equal(t, "NO_LOGIN", createEmployee(t, "")["accessLevel"])
			require.Contains(t, said(t, h, "POST", "/employee", body28("", false), admin),
				`"code":"name","message":"Name is required"`)
			require.Contains(
				t,
				said(t, h, "POST", "/employee", body28(`"accessLevel":"PERSONAL"`, true), admin),
				`"code":"emailAddress","message":"The e-mail address is invalid"`,
			)
		}},
		{"address is an id of an employee and an object in the directory, its country two letters", func(t *testing.T) {
			doc := createEmployee(t, `"address":"`+strings.ToUpper(address)+`"`)
			require.Equal(t, address, doc["address"])
			require.Contains(
				t,
				said(t, h, "GET", "/pbx/app/employees?ids="+doc["_id"].(string), "", o.as(t, "OWNER")),
				`"address":{"_id":"`+address+`","address":"Sample street 1","zip":"2600","city":"Sample city","country":"DK","municipalityCode":153,`+
					`"alternativeName":"Workshop","primary":false}`,
			)
		}},
	}
	hold(t, clauses)
}

// TestContract_Example: the example of the create page, with what it refers to brought along, creates its employee.
func TestContract_Example(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	const example = `{"customer":"` + ownCustomer +
		`","accessLevel":"OWNER","state":"ENABLED","name":"Sample employee 07","address":"AD0000000000000000000001",
		"title":"Managing director","department":"Sample department","emailAddress":"example@sample.example","noEmail":false,"ipRestriction":"87.234.55.240",
		"language":"da","notes":"Don't disturb","primaryContact":true,"smsValidation":false,"authenticatorValidation":true,
		"subscriptions":["5F0000000000000000000001","5f0000000000000000000002"],"product":"` + productOfCustomer + `",
		"apiAccessFilter":[],"m2mOnly":false,"webauthnOnly":false}`
	doc := document(t, call(t, h, http.MethodPost, "/employee", example, o.as(t, "ADMIN")...))
	require.Equal(t, productOfCustomer, doc["product"].(map[string]any)["_id"])
	for name, want := range map[string]any{
		"customer": ownCustomer, "accessLevel": "OWNER", "state": "ENABLED", "name": "Sample employee 07", "address": address,
		"title":      "Managing director",
		"department": "Sample department", "emailAddress": "example@sample.example", "noEmail": false,
		"ipRestriction": "87.234.55.240", "language": "da",
		"notes": "Don't disturb", "primaryContact": true, "smsValidation": false, "authenticatorValidation": true,
		"m2mOnly": false, "webauthnOnly": false,
		"subscriptions": []any{subscription, "5f0000000000000000000002"},
	} {
		require.Equal(t, want, doc[name], name)
	}
	require.NotContains(t, doc, "apiAccessFilter", "what has no value is left out")
}
