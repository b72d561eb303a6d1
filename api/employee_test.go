package api

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
)

// rewrite writes the golden documents again: go test ./api -golden
var rewrite = flag.Bool("golden", false, "rewrite the golden documents")

// golden compares a JSON document with the file that a reader can look at.
func golden(t *testing.T, name string, document []byte) {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(document, &v), string(document))
	got, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	path := filepath.Join("testdata", "golden", name+".json")
	if *rewrite {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
}

func TestEmployee_PerLevel(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			w := ask(t, serve(), "/employee/"+strings.ToUpper(equipped), as(t, level)...)
			require.Equal(t, http.StatusOK, w.Code, w.Body.String())
			require.NotContains(t, w.Body.String(), "never shown")
			golden(t, "telecomx-employee."+level, w.Body.Bytes())
		})
	}
	t.Run("itself", func(t *testing.T) {
		t.Parallel()
		me := token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER", Customer: ownCustomer})
		w := ask(t, serve(), "/employee/"+equipped, "Authorization", "bearer "+me)
		var doc map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
		require.NotContains(t, w.Body.String(), me, "a token is shown once, when it is made")
		require.NotEmpty(t, doc["persistentTokens"])
		delete(doc, "persistentTokens")
		golden(t, "telecomx-employee.itself", encoded(doc))
	})
}

func TestEmployee_OmitsEmptyProperties(t *testing.T) {
	t.Parallel()
	w := ask(t, serve(), "/employee/"+plain, as(t, "VIEWER")...)
	require.JSONEq(
		t,
		`{"_id":"`+plain+`","customer":"`+ownCustomer+`","accessLevel":"NO_LOGIN","state":"ENABLED","name":"Sample employee 01",
		"mayImpersonate":false}`, w.Body.String())
	require.Equal(t, "application/json; charset=utf-8", w.Header().Get("Content-Type"))
}

func TestEmployee_UnknownIsNotFound(t *testing.T) {
	t.Parallel()
	admin := as(t, "ADMIN")
	for path, code := range map[string]string{
		"/employee/" + unknown: "employee", "/employee/" + deleted: "employee", "/employee/1": "employee",
		"/employee/%00":                        "employee",
		"/employee/" + strings.Repeat("é", 12): "employee", "/nothing": "not_found", "/": "not_found",
		"/commands/x": "command",
		"/commands/" + plain + "-00000000000000000000000000000000": "command",
	} {
		w := ask(t, serve(), path, admin...)
		require.Equal(t, http.StatusNotFound, w.Code, path)
		require.Contains(t, w.Body.String(), `"code":"`+code+`"`, path)
	}
	require.Equal(t, "ok\n", ask(t, serve(), "/livez").Body.String())
	w := ask(t, serve(), "/employee/"+deleted+"?includeDeleted=true", admin...)
	require.Equal(t, http.StatusOK, w.Code)
	refused(t, call(t, serve(), http.MethodPut, "/employee/"+plain, "{}", admin...), 405, "method_not_allowed",
		"This address does not take the method")
}

// broken is a database that has gone.
type broken struct{}

func (broken) InTx(context.Context, *pgx.Batch) error { return context.DeadlineExceeded }

func TestEmployee_LostDatabaseIsAnInternalError(t *testing.T) {
	t.Parallel()
	h := serve(func(c *Config) { c.Database = broken{} })
	refused(t, ask(t, h, "/employee/"+plain, "X-API-Key", "any"), 500, "internal_error", "Internal error")
	w := call(t, h, http.MethodPost, callGearPath,
		`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":"any"}}`)
	require.JSONEq(
		t, `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":{"mnemonic":"internal_error"}}}`,
		w.Body.String())
	require.JSONEq(t, `{"status":500,"error":"Internal error"}`, ask(t, h, "/rest/v1.0/7/users", "X-API-Key",
		"any").Body.String())
}

func TestEmployees_HaveTheReachOfTheLevel(t *testing.T) {
	t.Parallel()
	// Each row: the caller, the query, and the total; or the refusal.
	rows := []struct {
		level, query string
		total        int
		refusal      string
	}{
		{"VIEWER", "", 9, ""},
		{"OWNER", "?customer=" + strings.ToUpper(ownCustomer), 9, ""},
		{"OWNER", "?includeDeleted=true", 10, ""},
		{"OWNER", "?customer=" + otherCustomer, 0, "access_denied"},
		{"PERSONAL", "", 0, "access_denied"},
		{"RESELLER", "", 10, ""},
		{"RESELLER", "?customer=" + otherCustomer, 1, ""},
		{"RESELLER", "?customer=" + foreignCustomer, 0, "access_denied"},
		{"ADMIN", "", 12, ""},
		{"RESELLER_ADMIN", "?customer=" + foreignCustomer, 1, ""},
		{"ADMIN", "?limit=0", 0, "limit"}, {"ADMIN", "?limit=501", 0, "limit"}, {"ADMIN", "?limit=x", 0, "limit"},
		{"ADMIN", "?offset=-1", 0, "offset"}, {"ADMIN", "?offset=99999999999999999999", 0, "offset"},
		{"ADMIN", "?customer=%27%22%00", 0, "customer"},
	}
	for _, row := range rows {
		w := ask(t, serve(), "/employee"+row.query, as(t, row.level)...)
		var list struct {
			Total, Limit int
			Employees    []map[string]any
			Error        struct{ Code string }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list), w.Body.String())
		require.Equal(t, row.refusal, list.Error.Code, "%s %s", row.level, row.query)
		require.Equal(t, row.total, list.Total, "%s %s", row.level, row.query)
		if row.refusal == "" {
			require.Equal(t, listLimitDefault, list.Limit)
			require.Len(t, list.Employees, row.total)
		}
	}
}

func TestEmployees_PageBeginsAtItsOffset(t *testing.T) {
	t.Parallel()
	w := ask(t, serve(), "/employee?offset=1&limit=2", as(t, "VIEWER")...)
	var list struct {
		Offset, Limit, Total int
		Employees            []struct {
			ID string `json:"_id"`
		}
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list))
	require.Equal(t, []int{1, 2, 9}, []int{list.Offset, list.Limit, list.Total})
	require.Equal(t, []string{equipped, viewer}, []string{list.Employees[0].ID, list.Employees[1].ID})
}

func TestEmployee_DatesHaveMillisecondsAndZ(t *testing.T) {
	t.Parallel()
	for given, shown := range map[string]string{
		`"1990-01-31"`: `"1990-01-31T00:00:00.000Z"`, `"1973-09-27T01:00:00+02:00"`: `"1973-09-26T23:00:00.000Z"`,
		`"not a date"`: `"not a date"`, `7`: `7`, `null`: `null`,
	} {
		require.Equal(t, shown, string(contract.PublishedDate(json.RawMessage(given))))
	}
	require.Equal(t, "2026-10-30T12:00:00.000Z", instant(today.In(time.FixedZone("", 3600))))
}
