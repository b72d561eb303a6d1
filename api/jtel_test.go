package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestJtel_User(t *testing.T) {
	t.Parallel()
	golden(t, "jtel-user", ask(t, serve(), "/rest/v1.0/7/users/user/2", as(t, "VIEWER")...).Body.Bytes())
	golden(t, "jtel-users", ask(t, serve(), "/rest/v1.0/7/users", as(t, "VIEWER")...).Body.Bytes())
}

func TestJtel_FindsByPartOfUID(t *testing.T) {
	t.Parallel()
	for uid, count := range map[string]int{
		"Two_2%@sample.example": 1, "two_2%@SAMPLE": 1, "wo_2": 1, "%": 1, "_": 1, "o%2": 0, "T__": 0, "nobody": 0, "'": 0,
		`\`: 0, `" OR ""="`: 0, "é": 0,
	} {
		w := ask(t, serve(), "/rest/v1.0/"+ownCustomer+"/users/user?uid="+url.QueryEscape(uid), as(t, "VIEWER")...)
		var found struct {
			Records []jtelUser
			Count   int
			Status  int
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &found), w.Body.String())
		require.Equal(t, []int{200, 200, count}, []int{w.Code, found.Status, found.Count}, uid)
		require.NotNil(t, found.Records, "an empty list, and not null")
		require.Len(t, found.Records, count)
	}
}

func TestJtel_RefusesInItsForm(t *testing.T) {
	t.Parallel()
	owner, reseller := as(t, "OWNER"), as(t, "RESELLER")
	filtered := []string{"X-API-Key", token(t, events.Actor{Employee: narrowed, AccessLevel: "MANAGER",
		Customer: ownCustomer})}
	for path, c := range map[string]struct {
		caller []string
		status int
		body   string
	}{
		"/7/users":                           {nil, 401, `{"status":401,"error":"Unauthorized"}`},
		"/7/users?includeDeleted=0":          {[]string{"X-API-Key", "abc"}, 401, `{"status":401,"error":"Unauthorized"}`},
		"/7/users?includeDeleted=false":      {filtered, 401, `{"status":401,"error":"Unauthorized"}`},
		"/7/users?includeDeleted=true":       {as(t, "PERSONAL"), 401, `{"status":401,"error":"Unauthorized"}`},
		"/8/users":                           {owner, 401, `{"status":401,"error":"Unauthorized"}`},
		"/99/users":                          {as(t, "ADMIN"), 401, `{"status":401,"error":"Unauthorized"}`},
		"/x/users":                           {as(t, "ADMIN"), 401, `{"status":401,"error":"Unauthorized"}`},
		"/" + otherCustomer + "/users":       {owner, 401, `{"status":401,"error":"Unauthorized"}`},
		"/8/users/user/5":                    {reseller, 401, `{"status":401,"error":"Unauthorized"}`},
		"/7/users/user":                      {owner, 400, `{"status":400,"error":"Parameter uid is missing or not a text"}`},
		"/7/users/user?uid=":                 {owner, 400, `{"status":400,"error":"Parameter uid has no value"}`},
		"/7/users/user?uid=%00":              {owner, 400, `{"status":400,"error":"Parameter uid is missing or not a text"}`},
		"/7/users/user?uid=%ff":              {owner, 400, `{"status":400,"error":"Parameter uid is missing or not a text"}`},
		"/7/users/user/3":                    {owner, 404, `{"status":404,"error":"User not found"}`},
		"/7/users/user/4":                    {owner, 404, `{"status":404,"error":"User not found"}`},
		"/7/users/user/x":                    {owner, 404, `{"status":404,"error":"User not found"}`},
		"/7/users/user/1e3":                  {owner, 404, `{"status":404,"error":"User not found"}`},
		"/7/users/user/99999999999999999999": {owner, 404, `{"status":404,"error":"User not found"}`},
		"/7/agents":                          {owner, 404, ""},
		"/7/users/user/2/x":                  {owner, 404, ""},
	} {
		w := ask(t, serve(), "/rest/v1.0"+path, c.caller...)
		require.Equal(t, c.status, w.Code, "%s: %s", path, w.Body.String())
		if c.body == "" {
			require.Empty(t, w.Body.String(), path)
			continue
		}
		require.JSONEq(t, c.body, w.Body.String(), path)
	}
	other := call(t, serve(), http.MethodPost, "/rest/v1.0/7/users", "{}", owner...)
	require.Equal(t, http.StatusMethodNotAllowed, other.Code)
	require.Equal(t, "GET, HEAD", other.Header().Get("Allow"))
}

func TestJtel_ShowsDeletedOnRequest(t *testing.T) {
	t.Parallel()
	owner := as(t, "OWNER")
	require.Equal(t, http.StatusOK, ask(t, serve(), "/rest/v1.0/7/users/user/3?includeDeleted=true", owner...).Code)
	require.Contains(t, ask(t, serve(), "/rest/v1.0/7/users?includeDeleted=1", owner...).Body.String(), `"count":10`)
	require.Contains(t, ask(t, serve(), "/rest/v1.0/8/users", as(t, "ADMIN")...).Body.String(), `"count":1`)
}
