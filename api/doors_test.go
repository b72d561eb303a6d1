package api

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/internal/bus"
	"tenure/projections"
)

// withRules gives the handlers the rules of messages, as the whole system does.
func withRules(c *Config) { c.Carried = bus.Guard }

func TestDoors_QueriesAreStrict(t *testing.T) {
	t.Parallel()
	admin := as(t, "ADMIN")
	item := "/employee/" + plain
	for _, row := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"DELETE", item + "?deleteDate=", 422, "deleteDate"}, {"DELETE", item + "?deletedate=2026-11-05", 422, "deletedate"},
		{"DELETE", item + "?deleteDate=2026-12-31;deleteExtensions=true", 400, "query"},
		{"DELETE", item + "?deleteDate=2026-11-05&deleteDate=2026-11-06", 422, "deleteDate"},
		{"DELETE", item + "?deleteDate=%zz", 400, "query"}, {"DELETE", item + "?deleteDate=null", 422, "deleteDate"},
		{"DELETE", item + "?deleteExtensions=yes", 422, "deleteExtensions"},
		{"DELETE", item + "?", 200, ""}, {"DELETE", item + "?deleteDate", 422, "deleteDate"},
		{"GET", "/employee?limit=10&limit=20", 422, "limit"}, {"GET", "/employee?Limit=10", 422, "Limit"},
		{"GET", "/employee?limit=", 422, "limit"},
		{"GET", "/employee?limit=+5", 422, "limit"}, {"GET", "/employee?includeDeleted=maybe", 422, "includeDeleted"},
		{"GET", item + "?full=1", 422, "full"},
		{"GET", item + "/token?x=1", 422, "x"}, {"GET", "/commands/x?y=1", 422, "y"}, {"GET", "/openapi.json?x=1", 422, "x"},
		{"POST", "/employee?x=1", 422, "x"},
		{"GET", "/pbx/app/employees?ids=" + plain + "&ids=" + equipped + "&customer=" + ownCustomer, 200, ""},
		{"GET", "/pbx/app/employees?ids=", 422, "ids"},
		{"GET", "/pbx/app/employees?calls=perhaps", 422, "calls"},
		{"GET", "/rest/v1.0/7/users?limit=1", 400, "Parameter limit"},
		{"GET", "/rest/v1.0/7/users/user?uid=a&uid=b", 400, "Parameter uid"},
		{"POST", callGearPath + "?x=1", 200, "invalid_request"},
	} {
		d := &recorder{}
		w := call(t, serve(d.use), row.method, row.path, "", admin...)
		require.Equal(t, row.status, w.Code, "%s %s: %s", row.method, row.path, w.Body.String())
		require.Contains(t, w.Body.String(), row.code, row.path)
		if row.code != "" {
			require.Empty(t, d.taken, row.path)
		}
	}
	require.Equal(t, http.StatusUnauthorized, ask(t, serve(), item+"?full=1").Code, "who has no token is refused for that")
	require.Equal(t, http.StatusUnauthorized, ask(t, serve(), "/rest/v1.0/7/users?full=1").Code)
}

func TestDoors_BodiesAreExact(t *testing.T) {
	t.Parallel()
	admin, item := as(t, "ADMIN"), "/employee/"+plain
	for _, row := range []struct {
		path, body string
		headers    []string
		status     int
		code       string
	}{
		{item, `{"title":"a","title":"b"}`, nil, 400, "body"}, {item, "\uFEFF" + `{"title":"a"}`, nil, 400, "body"},
		{item, `{"Title":"a"}`, nil, 422, "Title"},
		{item, `{"Password":"Sample password 3"}`, nil, 422, "Password"},
		{item, `{"passwd":"Sample password 3","pincode":"1234"}`, nil, 422, "multiple"},
		{item, `{"voicemail":{"greetingOnly":true,"greetingOnly":false}}`, nil, 422, "voicemail"},
		{item, `{}`, []string{"Content-Encoding", "gzip"}, 415, "content_encoding"},
		{item, `<x/>`, []string{"Content-Type", "text/xml"}, 415, "content_type"},
		{item, `{"title":"a"}`, []string{"Content-Type", "application/json; charset=utf-8"}, 200, ""},
		{item, `{"title":"a"}`, []string{"Content-Type", "application/merge-patch+json"}, 200, ""},
		{item, `{"title":"a"}`, []string{"Content-Encoding", "identity"}, 200, ""},
		{"/employee/" + viewer + "/token", `{"Persistent":true}`, nil, 422, "Persistent"},
		{"/employee/" + viewer + "/token", `{"name":"a","name":"b"}`, nil, 400, "body"},
		{"/pbx/app/employees?customer=" + ownCustomer, `{"IDs":[]}`, nil, 422, "IDs"},
		{"/pbx/app/employees?customer=" + ownCustomer, `{"id":[]}`, nil, 422, "id"},
	} {
		d := &recorder{}
		w := call(t, serve(d.use, withRules), http.MethodPost, row.path, row.body, append(row.headers, admin...)...)
		require.Equal(t, row.status, w.Code, "%s: %s", row.body, w.Body.String())
		require.Contains(t, w.Body.String(), row.code, row.body)
		if row.status >= 400 {
			require.Empty(t, d.taken, "nothing is sent: %s", row.body)
		}
	}
}

func TestDoors_MethodsAreAllowedByName(t *testing.T) {
	t.Parallel()
	for path, allowed := range map[string]string{
		"/employee": "GET, HEAD, POST", "/employee/" + plain: "GET, HEAD, POST, DELETE",
		"/pbx/app/employees": "GET, HEAD, POST", "/rest/v1.0/7/users": "GET, HEAD",
	} {
		w := call(t, serve(), http.MethodPut, path, "")
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, path)
		require.Equal(t, allowed, w.Header().Get("Allow"), path)
	}
}

func TestDoors_AWriteMayDependOnWhatWasRead(t *testing.T) {
	t.Parallel()
	manager, item := as(t, "MANAGER"), "/employee/"+plain
	read := ask(t, serve(), item, manager...)
	tag := read.Header().Get("ETag")
	require.Regexp(t, `^"\d+-\d+-[0-9a-f]{12}"$`, tag)
	require.Equal(t, "nosniff", read.Header().Get("X-Content-Type-Options"))
	for match, status := range map[string]int{tag: 200, "*": 200, `"other", ` + tag: 200, `"0-0"`: 412, "W/" + tag: 412,
		"x": 412} {
		d := &recorder{}
		for _, method := range []string{http.MethodPost, http.MethodDelete} {
			w := call(t, serve(d.use), method, item, `{}`, append([]string{"If-Match", match}, manager...)...)
			require.Equal(t, status, w.Code, "%s %s: %s", method, match, w.Body.String())
		}
		require.Equal(t, status == 200, len(d.taken) == 2, match)
	}
}

// After a failover that lost the end of the log a position may be another state.
func TestDoors_AnETagNamesTheState(t *testing.T) {
	t.Parallel()
	made, err := hireMany(t.Context(), 1)
	require.NoError(t, err)
	tagAfter := func(statement string, arguments ...any) string {
		b := &pgx.Batch{}
		b.Queue(statement, arguments...)
		require.NoError(t, made.InTx(t.Context(), b))
		e, found, err := projections.EmployeeByID(t.Context(), made, benchID(0))
		require.NoError(t, err)
		require.True(t, found)
		return etag(&e)
	}
	tag := tagAfter("SELECT 1")
	require.Equal(t, tag, tagAfter(`INSERT INTO subjects (shard, stream, version, state, coverage)
		SELECT shard, 'employee/' || id, 1, '', '{[10020000,10020030)}' FROM directory`),
		"a night that bills it changes nothing of it")
	other := tagAfter(`UPDATE directory SET document =
		convert_to(replace(convert_from(document, 'UTF8'), 'Sample title', 'Tester'), 'UTF8')`)
	require.NotEqual(t, tag, other, "of one position")
	require.False(t, matches([]string{tag}, other))
}

func TestDoors_WarningsAreHeaders(t *testing.T) {
	t.Parallel()
	d := &recorder{answer: func(Command) (domain.Outcome, error) {
		return domain.Outcome{Subject: plain, Status: domain.StatusApplied, Warnings: []string{"ignored: notes", "ø\n"}}, nil
	}}
	w := call(t, serve(d.use), http.MethodPost, "/employee/"+plain, `{}`, as(t, "MANAGER")...)
	require.Equal(t, []string{"ignored: notes", `\u00f8\n`}, w.Header().Values(warningHeader))
}

func TestDoors_ARequestHasAnAccessLineWithoutContent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	h := serve((&recorder{}).use, func(c *Config) { c.AccessLog = slog.New(slog.NewJSONHandler(&out, nil)) })
	secret := "Sample-secret-title"
	mine := me(t, manager, "MANAGER")
	w := call(t, h, http.MethodPost, "/employee/"+plain, `{"title":"`+secret+`"}`, mine...)
	require.Equal(t, 200, w.Code)
	ask(t, h, "/rest/v1.0/7/users/user?uid="+secret, mine...)
	require.NotContains(t, out.String(), secret)
	require.NotContains(t, out.String(), mine[1], "nor the token")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &line))
	require.Equal(t, []any{"POST", "POST /employee/{id}", plain, 200.0, manager, "MANAGER", callerAt},
		[]any{line["method"], line["route"], line["target"], line["status"], line["caller"], line["access_level"],
			line["caller_address"]})
	require.Len(t, line["token"], 24)
}

func TestDoors_CallGearMembersAreExact(t *testing.T) {
	t.Parallel()
	h, key := serve(withRules), token(t, at("VIEWER"))
	for body, code := range map[string]int{
		`{"jsonrpc":"2.0","id":1,"method":"get.employees","Method":"get.other","params":{"access_token":"KEY","filter":{ }}}`: 0,
		`{"jsonrpc":"2.0","id":1,"Method":"get.employees","params":{"access_token":"KEY"}}`:                                   codeMethod,
		`{"jsonrpc":"2.0","id":1,"method":"get.employees","method":"get.employees","params":{"access_token":"KEY"}}`:          codeRequest,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get.employees\",\"params\":{\"access_token\":\"KEY\",\"filter\":{\n}}}":   0,
	} {
		a := rpc(t, h, strings.ReplaceAll(body, "KEY", key))
		if code == 0 {
			require.Nil(t, a.Error, body)
			continue
		}
		require.Equal(t, code, a.Error.Code, body)
	}
}
