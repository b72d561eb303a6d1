package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/events"
)

// TestContract_TelecomXConventions: how errors, ids, tokens, lists and updates look.
func TestContract_TelecomXConventions(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	admin := o.as(t, "ADMIN")
	hold(t, []clause{
		{"an error is status, code and message, and may name the property and the check", func(t *testing.T) {
			require.Equal(
				t, `422 {"error":{"status":422,"code":"language","message":"must be one of da, en","path":"language"}}`,
				said(t, h, "POST", "/employee", body28(`"language":"fr"`, true), admin))
			require.Equal(t, `404 {"error":{"status":404,"code":"employee","message":"Employee not found"}}`,
				said(t, h, "GET", "/employee/"+unknown, "", admin))
		}},
		{"a caller without a valid token gets one of four 401s", func(t *testing.T) {
			path := "/employee/" + unknown
			require.Contains(
				t,
				said(t, h, "GET", path, "", nil),
				`401 {"error":{"status":401,"code":"credentials_invalid","message":"Authorization required, please login"}}`,
			)
			require.Contains(
				t,
				said(t, h, "GET", path, "", []string{"Authorization", "Token x"}),
				`"code":"format_error","message":"Authorization header format is Authorization: Bearer <token>"`,
			)
			require.Contains(t, said(t, h, "GET", path, "", []string{"X-API-Key", "x"}),
				`401 {"error":{"status":401,"code":"invalid_token"`)
			short, err := Tokens{Database: o.db}.Create(t.Context(), at("ADMIN"), 1)
			require.NoError(t, err)
			expire(t, o, short)
			require.Contains(
				t,
				said(t, h, "GET", path, "", []string{"X-API-Key", short}),
				`401 {"error":{"status":401,"code":"expired","message":"Session has expired, please login"}}`,
			)
		}},
		{"ids are taken in either case, tokens in either header", func(t *testing.T) {
			id := strings.ToUpper(createEmployee(t, "")["_id"].(string))
			require.Contains(t, said(t, h, "GET", "/employee/"+id, "", []string{"X-API-Key", admin[1]}), "200 ")
			require.Contains(t, said(t, h, "GET", "/employee/"+id, "", []string{"Authorization", "Bearer " + admin[1]}), "200 ")
		}},
		{"a token slides for 15 minutes, or is persistent", func(t *testing.T) {
			id := createEmployee(t, `"accessLevel":"VIEWER","emailAddress":"`+login()+`"`)["_id"].(string)
			document(t, call(t, h, http.MethodPost, "/employee/"+id+"/token", `{"persistent":true}`, admin...))
			document(t, call(t, h, http.MethodPost, "/employee/"+id+"/token", ``, admin...))
			all, err := Tokens{Database: o.db}.Of(t.Context(), id)
			require.NoError(t, err)
			require.Len(t, all, 2)
			require.True(t, all[0].Persistent)
			require.Nil(t, all[0].Expires)
			require.InDelta(t, tokenSlides.Seconds(), all[1].Expires.Sub(all[1].Created).Seconds(), 1)
		}},
	})
}

func TestContract_TelecomXUpdatesAndTokens(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	admin := o.as(t, "ADMIN")
	hold(t, []clause{
		{"lists have offset, limit and total; limit is 100 and at most 500", func(t *testing.T) {
			createEmployee(t, "")
			list := document(t, ask(t, h, "/employee", admin...))
			require.Equal(t, []any{0.0, 100.0}, []any{list["offset"], list["limit"]})
			require.GreaterOrEqual(t, list["total"], 1.0)
			require.NotEmpty(t, list["employees"])
			require.Equal(t, 500.0, document(t, ask(t, h, "/employee?limit=500&offset=1", admin...))["limit"])
			require.Contains(t, said(t, h, "GET", "/employee?limit=501", "", admin), `"code":"limit"`)
		}},
		{"an update has only what changes; a list is replaced whole, null clears, empty ones are left out",
			func(t *testing.T) {
				id := createEmployee(
					t, `"title":"x","department":"y","subscriptions":["`+subscription+`","5f0000000000000000000002"]`)["_id"]
				doc := change(t, id, `{"title":null,"subscriptions":["`+subscription+`"]}`)
				require.NotContains(t, doc, "title")
				require.Equal(t, []any{"y", []any{subscription}}, []any{doc["department"], doc["subscriptions"]})
				require.NotContains(t, change(t, id, `{"subscriptions":[]}`), "subscriptions")
			}},
		{"what the caller may not change is ignored and not refused", func(t *testing.T) {
			id := createEmployee(t, `"title":"x"`)["_id"].(string)
			doc := document(
				t,
				call(
					t,
					h,
					http.MethodPost,
					"/employee/"+id,
					`{"notifyOnNewPortingReseller":true,"_id":"x","customer":"x","mayImpersonate":true,"title":"y"}`,
					o.as(t, "MANAGER")...),
			)
			require.NotContains(t, doc, "notifyOnNewPortingReseller")
			require.Equal(t, []any{"y", id, ownCustomer}, []any{doc["title"], doc["_id"], doc["customer"]})
		}},
		{"dates have milliseconds and Z; dates of addons are days, and both forms are taken", func(t *testing.T) {
			doc := createEmployee(t, `"birthdate":"1973-09-26","deleteDate":"2026-12-24","addonProducts":[
				{"_id":"5d0000000000000000000001","product":"`+productAddon+`","start":"2026-11-01"},
				{"_id":"5d0000000000000000000002","product":"`+productAddon+`","start":"2026-10-31T23:00:00.000Z"}]`)
			require.Equal(t, []any{"1973-09-26T00:00:00.000Z", "2026-12-24T20:00:00.000Z"},
				[]any{doc["birthdate"], doc["deleteDate"]})
			for _, addon := range doc["addonProducts"].([]any) {
				require.Equal(t, "2026-11-01", addon.(map[string]any)["start"])
			}
		}},
		{"no password, PIN or token is ever told", func(t *testing.T) {
			doc := createEmployee(t, `"noEmail":true,"emailAddress":"`+randomHex(
				8)+`","password":"Sample password 1","pinCode":"5678"`)
			for _, name := range []string{"password", "passwordHash", "pinCode", "pinCodeSealed"} {
				require.NotContains(t, doc, name)
			}
		}},
	})
}

// expire ends a token's time.
func expire(t *testing.T, o *localSystem, token string) {
	t.Helper()
	b := batchOf("UPDATE tokens SET expires_at = now() - INTERVAL '1 second' WHERE hash = $1", tokenHash(token))
	require.NoError(t, o.db.InTx(t.Context(), b))
}

// TestContract_Visibility: what only some levels see of an employee who has everything.
func TestContract_Visibility(t *testing.T) {
	t.Parallel()
	of := func(headers []string) map[string]any {
		var doc map[string]any
		decodeInto(t, ask(t, serve(), "/employee/"+equipped, headers...).Body.Bytes(), &doc)
		return doc
	}
	product := func(name string) func(map[string]any) bool {
		return func(doc map[string]any) bool { return doc["product"].(map[string]any)[name] != nil }
	}
	top := func(name string) func(map[string]any) bool {
		return func(doc map[string]any) bool { return doc[name] != nil }
	}
	// Each row: a property, and the lowest level that sees it of another; nobody: only the employee itself.
	for _, row := range []struct {
		property string
		least    string
		itself   bool
		has      func(map[string]any) bool
	}{
		{"notes", "RESELLER", false, top("notes")}, {"product.wholesale", "RESELLER", false, product("wholesale")},
		{"product.cost", "RESELLER_ADMIN", false, product("cost")}, {"product.price", "VIEWER", true, product("price")},
		{"shortcuts", "nobody", true, top("shortcuts")}, {"title", "VIEWER", true, top("title")},
		{"mvnoAccounts", "VIEWER", true, top("mvnoAccounts")},
	} {
		for _, level := range []string{"VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"} {
			require.Equal(t, row.least != "nobody" && access.LevelOf(level) >= access.LevelOf(row.least),
				row.has(of(as(t, level))), "%s sees %s", level, row.property)
		}
		require.Equal(t, row.itself, row.has(of(me(t, equipped, "OWNER"))), "the employee itself sees %s", row.property)
	}
	mine := token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER", Customer: ownCustomer})
	list := call(t, serve(), http.MethodGet, "/employee/"+equipped+"/token", "", "X-API-Key", mine).Body.String()
	require.Contains(t, list, `"persistent":true`)
	require.NotContains(t, list, mine, "a token's value is told to who makes it, once")
	require.NotContains(t, of(as(t, "ADMIN")), "persistentTokens")
	require.Equal(t, []any{false, false},
		[]any{of(as(t, "ADMIN"))["mayImpersonate"], of(as(t, "OWNER"))["mayImpersonate"]}, "employees of sub-resellers only")
}

// TestContract_Directory: one row per employee, and what of it is for whom.
func TestContract_Directory(t *testing.T) {
	t.Parallel()
	entryOf := func(headers []string, query string) map[string]any {
		var list []map[string]any
		decodeInto(t, ask(t, serve(), "/pbx/app/employees?ids="+equipped+query, headers...).Body.Bytes(), &list)
		require.Len(t, list, 1)
		return list[0]
	}
	itself, colleague := me(t, equipped, "OWNER"), me(t, manager, "MANAGER")
	text := func(v any) string {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		return string(raw)
	}
	hold(t, []clause{
		{"an employee with its extensions, presence and calendar", func(t *testing.T) {
			e := entryOf(itself, "")
			require.Equal(t, "EMPLOYEE", e["type"])
			require.Len(t, e["extensions"], 2)
			require.Len(t, e["calendar"], 2)
			require.Equal(t, "BUSY", e["presence"].(map[string]any)["state"])
		}},
		{"standalone adds extensions without an employee, of one item", func(t *testing.T) {
			for query, count := range map[string]int{"": 0, "?standalone=true": 1} {
				require.Equal(t, count, strings.Count(ask(t, serve(), "/pbx/app/employees"+query, colleague...).Body.String(),
					`"type":"EXTENSION"`))
			}
		}},
		{"calls are for whom a group permits it, without the other party where the employee hides it", func(t *testing.T) {
			require.NotContains(t, text(entryOf(colleague, "")), `"calls"`)
			require.NotContains(t, text(entryOf(as(t, "OWNER"), "&calls=true")), `"calls"`)
			seen := text(entryOf(colleague, "&calls=true"))
			require.Equal(t, 2, strings.Count(seen, `"calls"`))
			require.Equal(t, 1, strings.Count(seen, `+4511111111`), "of two calls one is hidden by HIDE_PERSONAL_PHONEBOOK")
			require.Equal(t, 2, strings.Count(text(entryOf(itself, "&calls=true")), `+4511111111`))
		}},
		{"phones, private subjects and join links are for the employee itself", func(t *testing.T) {
			for _, secret := range []string{`"phones"`, `"onlineMeetingJoinUrl"`, `Subject private`} {
				require.Contains(t, text(entryOf(itself, "")), secret)
				require.NotContains(t, text(entryOf(colleague, "")), secret)
			}
			require.Contains(t, text(entryOf(colleague, "")), `Subject normal`)
		}},
		{"a bare list of one's own customer; other ids are dropped; 403 without access", func(t *testing.T) {
			require.Equal(t, "200 []", said(t, serve(), "GET", "/pbx/app/employees?ids="+foreign, "", colleague))
			require.Equal(t, `403 {"error":{"status":403,"code":"access_denied","message":"Insufficient access level"}}`,
				said(t, serve(), "GET", "/pbx/app/employees?customer="+foreignCustomer, "", colleague))
		}},
		{"ten thousand ids are a call", func(t *testing.T) {
			require.Contains(
				t,
				said(t, serve(), "POST", "/pbx/app/employees", fmt.Sprintf(`{"ids":[%s%q]}`, strings.Repeat(`"`+equipped+`",`,
					directoryIDsMax-1), equipped), colleague),
				`200 [`,
			)
		}},
	})
}
