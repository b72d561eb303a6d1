package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wellFormed holds what every answer must be, whatever was sent: JSON, and no fault of ours.
func wellFormed(t *testing.T, status int, body []byte) {
	t.Helper()
	require.Less(t, status, http.StatusInternalServerError, string(body))
	require.True(t, json.Valid(body), string(body))
}

// awkward are texts that break what is put together from texts.
var awkward = []string{
	"", "null", "{", "[]", "{}", `"x"`, "\x00", "\xff\xfe", `'`, `"`, `\`, `%`, `_`, `$1`, `'; DROP TABLE directory; --`,
	`{"":null}`, `{"a":{"a":{"a":{}}}}`,
	strings.Repeat("[", 1_000), strings.Repeat(`{"a":`, 1_000), `{"name":1e400}`, `{"name":"\ud800"}`, `{"name":"\u0000"}`,
	`{"name":1,"name":2}`,
}

func FuzzEmployee(f *testing.F) {
	for _, body := range append([]string{
		`{"name":"Sample employee","emailAddress":"one@sample.example","addonProducts":[{"_id":"5D0000000000000000000001","units":"2",
			"start":"2026-10-01T00:00:00Z"}]}`,
		`{"presence":{"state":"BUSY","expire":"2026-10-30T15:00:00Z","overrides":[]},"product":{"_id":"x"},"deleteDate":null,"newProduct":null}`,
		`{"voicemail":[{"defaultGreeting":7}],"subscriptions":{"a":1},"deleteDate":"T","addonProducts":[null,{"terminate":{}}]}`,
	}, awkward...) {
		f.Add(body, "2026-11-05")
	}
	d := &recorder{}
	h := serve(d.use)
	admin := as(f, "ADMIN")
	f.Fuzz(func(t *testing.T, body, date string) {
		for _, path := range []string{"/employee/" + equipped, "/employee/" + plain + "/token"} {
			w := call(t, h, http.MethodPost, path, body, admin...)
			wellFormed(t, w.Code, w.Body.Bytes())
		}
		w := call(t, h, http.MethodDelete, "/employee/"+plain+"?deleteDate="+url.QueryEscape(date), body, admin...)
		wellFormed(t, w.Code, w.Body.Bytes())
		for _, c := range d.taken {
			require.True(t, json.Valid(encoded(c.Data)), "a command is JSON")
			require.NotEqual(t, "null", string(encoded(c.Data)), "what was sent is not lost: %s", body)
		}
		d.taken = nil
	})
}

// FuzzDecisions sends properties to the rules and the read models, and reads the employee back.
func FuzzDecisions(f *testing.F) {
	for _, members := range append([]string{
		`"title":"a\u0000b","custom":{"\ud800":"\udfff"},"birthdate":"0000-01-01"`,
		`"presence":{"state":"BUSY","message":"\u0000","location":"x"},"autoPresence":[{}]`,
		`"addonProducts":[{"_id":"5d0000000000000000000001","product":"` + productAddon + `","units":1e400,"unitPrice":-1}]`,
		`"shortcuts":[{"index":1,"label":"—"}],"emailAddress":null`,
		`"recording":{"mode":null,"notification":{"maxSize":1e3}},"voicemail":{},"ms365":{"id":"\u0000"}`,
		`"deleteDate":"9999-12-31","features":["TV","TV"],"accessLevel":"ADMIN"`,
		`"noEmail":true,"emailAddress":"12345678","password":"Aa1\u0000aaaaa","pinCode":"\u0030000"`,
		`"effective":"0001-01-01","product":"` + productOfCustomer + `"`,
	}, awkward...) {
		f.Add(members)
	}
	o, h := startLocal(f)
	admin := o.as(f, "ADMIN")
	id := createEmployee(f, `"title":"x"`)["_id"].(string)
	f.Fuzz(func(t *testing.T, members string) {
		for path, body := range map[string]string{"/employee": body28(members, true), "/employee/" + id: "{" + members +
			"}"} {
			w := call(t, h, http.MethodPost, path, body, admin...)
			wellFormed(t, w.Code, w.Body.Bytes())
			if w.Code != http.StatusOK {
				continue
			}
			id, _ := document(t, w)["_id"].(string)
			for _, read := range []string{"/employee/" + id, "/pbx/app/employees?customer=" + ownCustomer + "&ids=" + id} {
				w = ask(t, h, read, admin...)
				require.Equal(t, http.StatusOK, w.Code, body)
				wellFormed(t, w.Code, w.Body.Bytes())
			}
		}
	})
}

func FuzzDirectory(f *testing.F) {
	for _, body := range append([]string{`["5E0000000000000000000002"]`, `{"ids":["5e0000000000000000000002"],"calls":true,
			"standalone":false}`, `{"ids":null}`}, awkward...) {
		f.Add(body, "5e0000000000000000000002", "true")
	}
	h := serve()
	viewer := as(f, "VIEWER")
	f.Fuzz(func(t *testing.T, body, id, flag string) {
		w := call(t, h, http.MethodPost, "/pbx/app/employees", body, viewer...)
		wellFormed(t, w.Code, w.Body.Bytes())
		w = ask(t, h, "/pbx/app/employees?ids="+url.QueryEscape(id)+"&calls="+url.QueryEscape(
			flag)+"&customer="+url.QueryEscape(flag), viewer...)
		wellFormed(t, w.Code, w.Body.Bytes())
	})
}

func FuzzCallGear(f *testing.F) {
	for _, field := range []string{"id", "email", "status", "phone_numbers", "calls_available", "full_name"} {
		for _, operator := range allOperators {
			f.Add(field, operator, `"a"`)
			f.Add(field, operator, `["a",1,null]`)
		}
	}
	for _, value := range awkward {
		f.Add("email", "regexp", string(encoded(value)))
		f.Add("extension", "jsquery", string(encoded(value+" = "+value)))
		f.Add("full_name", "like", value)
	}
	h := serve()
	key := token(f, at("VIEWER"))
	f.Fuzz(func(t *testing.T, field, operator, value string) {
		whole := `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":"` + key + `","sort":[{"field":` +
			string(encoded(field)) + `}],
			"filter":{"condition":"or","filters":[{"field":` + string(encoded(field)) + `,"operator":` +
			string(encoded(operator)) + `,"value":` + value + `}]}}}`
		for _, body := range []string{value, whole, strings.Replace(whole, `"sort"`, `"fields"`, 1),
			strings.Replace(strings.Replace(whole, `"sort"`, `"x"`, 1), `"x":[`, `"limit":[`, 1),
			strings.Replace(whole, `"sort":[{"field":`+string(encoded(field))+`}],`, "", 1)} {
			w := call(t, h, http.MethodPost, callGearPath, body)
			wellFormed(t, w.Code, w.Body.Bytes())
			require.NotContains(t, w.Body.String(), `"internal_error"`, body)
		}
	})
}

func FuzzJtel(f *testing.F) {
	for _, text := range awkward {
		f.Add(text, text, text)
	}
	f.Add("7", "2", "two")
	h := serve()
	owner := as(f, "OWNER")
	f.Fuzz(func(t *testing.T, client, user, uid string) {
		for _, path := range []string{url.PathEscape(client) + "/users", "7/users/user/" + url.PathEscape(user),
			"7/users/user?uid=" + url.QueryEscape(uid)} {
			w := ask(t, h, "/rest/v1.0/"+path, owner...)
			require.Less(t, w.Code, http.StatusInternalServerError, w.Body.String())
		}
	})
}
