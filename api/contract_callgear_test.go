package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/projections"
)

// filterable and sortable are the fields that the page marks; the others are known, and nothing else is.
var (
	filterable = strings.Fields("id first_name last_name full_name status allowed_in_call_types allowed_out_call_types " +
		"email call_recording calls_available " +
		"schedule_id schedule_name coach groups phone_numbers extension")
	sortable  = strings.Fields("first_name last_name patronymic full_name calls_available")
	allFields = append(strings.Fields("patronymic operator"), filterable...)
)

// mnemonicOf is what a call is told: code and mnemonic, or nothing.
func mnemonicOf(t *testing.T, h http.Handler, key, params string) string {
	t.Helper()
	a := get(t, h, key, params)
	if a.Error == nil {
		return ""
	}
	return fmt.Sprint(a.Error.Code, " ", a.Error.Data.Mnemonic)
}

func TestContract_CallGear(t *testing.T) {
	t.Parallel()
	h, key := serve(), token(t, at("VIEWER"))
	says := func(t *testing.T, params string) string {
		t.Helper()
		return mnemonicOf(t, h, key, params)
	}
	hold(t, []clause{
		{"limit is 1000 and at most 10 000, offset 0 and at most 100 000", func(t *testing.T) {
			p, no := readParams([]byte(`{"access_token":"x"}`))
			require.Nil(t, no)
			require.Equal(t, []int{1000, 0}, []int{p.search.Limit, p.search.Offset})
			require.Empty(t, says(t, `"limit":10000,"offset":100000`))
			require.Equal(t, "-32602 invalid_parameter_value", says(t, `"limit":10001`))
			require.Equal(t, "-32602 invalid_parameter_value", says(t, `"offset":100001`))
		}},
		{"an agent must name a user", func(t *testing.T) {
			require.Equal(t, "-32602 required_parameter_missed", mnemonicOf(t, h, token(t, at("RESELLER")), ""))
			require.Empty(t, mnemonicOf(t, h, token(t, at("RESELLER")), `"user_id":4`))
		}},
		{"every field is present, also an empty one, and what is not held is empty", func(t *testing.T) {
			a := get(t, h, key, `"filter":{"field":"id","operator":"=","value":1}`)
			require.Len(t, a.Result.Data, 1)
			require.Len(t, a.Result.Data[0], len(allFields))
			for name, empty := range map[string]string{"patronymic": "null", "email": "null", "schedule_id": "null",
				"schedule_name": "null", "call_recording": "null",
				"calls_available": "null", "groups": "[]", "phone_numbers": "[]", "allowed_in_call_types": "[]",
				"allowed_out_call_types": "[]", "coach": "{}",
				"extension": "{}", "operator": "{}"} {
				require.JSONEq(t, empty, string(a.Result.Data[0][name]), name)
			}
		}},
		{"fields choose", func(t *testing.T) {
			require.Len(t, get(t, h, key, `"fields":["id","email"]`).Result.Data[0], 2)
			require.Equal(t, "-32602 unexpected_parameters", says(t, `"fields":["secret"]`))
		}},
		{"marked fields filter, known ones are prohibited, others unexpected", func(t *testing.T) {
			for _, field := range allFields {
				want := "-32602 filter_prohibited"
				if slices.Contains(filterable, field) {
					want = ""
				}
				operator, value := "=", "null"
				if kind := rpcFields[field].kind; kind == kindList || kind == kindObject {
					operator, value = "jsquery", `"a = *"`
				}
				require.Equal(t, want, says(t, fmt.Sprintf(`"filter":{"field":%q,"operator":%q,"value":%s}`, field, operator,
					value)), field)
			}
			require.Equal(t, "-32602 unexpected_parameters", says(t, `"filter":{"field":"salary","operator":"=","value":1}`))
		}},
		{"marked fields sort, known ones are prohibited, others unexpected", func(t *testing.T) {
			for _, field := range allFields {
				want := "-32602 sort_prohibited"
				if slices.Contains(sortable, field) {
					want = ""
				}
				require.Equal(t, want, says(t, fmt.Sprintf(`"sort":[{"field":%q,"order":"desc"}]`, field)), field)
			}
			require.Equal(t, "-32602 unexpected_parameters", says(t, `"sort":[{"field":"salary"}]`))
		}},
		{"ten operators, each on a field of its type", func(t *testing.T) {
			for operator, leaf := range map[string]string{
				"=": `"id","value":2`, "!=": `"id","value":2`, "<": `"id","value":2`, ">": `"id","value":2`, "<=": `"id","value":2`,
				">=":   `"id","value":2`,
				"in":   `"id","value":[2]`,
				"like": `"email","value":"%"`, "regexp": `"email","value":"^[[:alpha:]]"`,
				"jsquery": `"groups","value":"group_id = 1"`,
			} {
				require.Empty(t, says(t, fmt.Sprintf(`"filter":{"operator":%q,"field":%s}`, operator, leaf)), operator)
			}
		}},
		{"filters combine by and, or, nested up to three", func(t *testing.T) {
			tree := `{"field":"id","operator":"=","value":2}`
			for depth := 1; depth <= 4; depth++ {
				tree = `{"condition":"or","filters":[` + tree + `]}`
				require.Equal(t, map[bool]string{true: "", false: "-32602 invalid_parameter_value"}[depth <= 3],
					says(t, `"filter":`+tree), "%d deep", depth)
			}
		}},
	})
}

func TestContract_CallGearFieldsAndLimits(t *testing.T) {
	t.Parallel()
	h, key := serve(), token(t, at("VIEWER"))
	hold(t, []clause{
		{"like is case-sensitive and knows % only, regexp is POSIX", func(t *testing.T) {
			for filter, count := range map[string]int{
				`"like","value":"Two%"`: 1, `"like","value":"two%"`: 0, `"like","value":"T__%"`: 0, `"regexp","value":"^Two"`: 1,
				`"regexp","value":"^\\\\d"`: 0,
			} {
				require.Len(t, get(t, h, key, `"filter":{"field":"email","operator":`+filter+`}`).Result.Data, count, filter)
			}
		}},
		{"limits are 3000 a day and 60 a minute unless set, with what is left and seconds", func(t *testing.T) {
			of := newTokenOf(t, at("VIEWER"))
			limits := get(t, serve(func(c *Config) { c.Limits, c.Machine = Limits{}, midday }), of, "").Result.Metadata.Limits
			require.Equal(t, counters{3000, 2999, 12 * 60 * 60, 60, 59, 60}, limits)
			require.Equal(t, "-32029 limit_exceeded", func() string {
				one := serve(func(c *Config) { c.Limits, c.Machine = Limits{Minute: 1}, midday })
				return mnemonicOf(t, one, of, "")
			}())
		}},
		{"presence, recording and names in CallGear's words", func(t *testing.T) {
			require.Equal(t, []string{"Sample middle", "employee", "employee Sample middle"}, func() []string {
				first, last, full := projections.SplitName("Sample middle employee")
				return []string{first, last, full}
			}())
			for presence, status := range map[string]string{"AVAILABLE": "available", "BUSY": "do_not_disturb",
				"OUT_OF_OFFICE": "not_at_workplace",
				"OFF_WORK":      "not_at_work", "HOLIDAY": "not_at_work", "": "unknown"} {
				require.Equal(t, status, shownAs(t, presence, "")["status"])
			}
			for mode, recording := range map[string]any{"ALWAYS": "all", "NEVER": "off", "DEMAND": "off"} {
				require.Equal(t, recording, shownAs(t, "", mode)["call_recording"])
			}
		}},
	})
}

// shownAs creates an employee with a presence and a way of recording, and returns its CallGear record.
func shownAs(t *testing.T, presence, mode string) (shown map[string]any) {
	t.Helper()
	o, h := startLocal(t)
	email := login()
	members := `"emailAddress":"` + email + `"`
	if presence != "" {
		members += `,"presence":{"state":"` + presence + `"}`
	}
	if mode != "" {
		members += `,"recording":{"mode":"` + mode + `"}`
	}
	createEmployee(t, members)
	a := get(t, h, o.as(t, "OWNER")[1], `"filter":{"field":"email","operator":"=","value":"`+email+`"}`)
	require.Len(t, a.Result.Data, 1)
	decodeInto(t, encoded(a.Result.Data[0]), &shown)
	return shown
}

// TestContract_CallGearErrors: each code with each of its mnemonics, and HTTP 200 whatever happens.
func TestContract_CallGearErrors(t *testing.T) {
	t.Parallel()
	h, key := serve(), token(t, at("VIEWER"))
	blocked := token(t, events.Actor{Employee: disabled, AccessLevel: "MANAGER", Customer: ownCustomer})
	expired := newTokenOf(t, at("VIEWER"))
	require.NoError(t, db.InTx(t.Context(), batchOf("UPDATE tokens SET expires_at = now() - INTERVAL '1 second' WHERE "+
		"hash = $1", tokenHash(expired))))
	restricted := token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER", Customer: ownCustomer})
	away := func(body string) rpcOutcome {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, callGearPath, strings.NewReader(body))
		require.NoError(t, err)
		r.RemoteAddr = "198.51.100.1:40000"
		var a rpcOutcome
		decodeInto(t, served(h, r).Body.Bytes(), &a)
		return a
	}
	params := func(of, more string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":%q%s}}`, of, more)
	}
	filter := func(leaf string) string { return params(key, `,"filter":`+leaf) }
	for want, body := range map[string]string{
		"-32700 parse_error": `{`, "-32600 invalid_request": `{"jsonrpc":"1.0","id":1}`,
		"-32601 method_not_found":          `{"jsonrpc":"2.0","id":1,"method":"get.calls"}`,
		"-32602 data_type_error":           params(key, `,"limit":"x"`),
		"-32602 required_parameter_missed": `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{}}`,
		"-32602 invalid_parameter_value":   params(key, `,"limit":0`), "-32602 unexpected_parameters": params(key,
			`,"page":0`),
		"-32602 invalid_parameters_combination": filter(`{"field":"id","operator":"like","value":"1"}`),
		"-32602 filter_prohibited":              filter(`{"field":"operator","operator":"jsquery","value":"a = *"}`),
		"-32602 sort_prohibited":                params(key, `,"sort":[{"field":"id"}]`),
		"-32001 access_token_expired":           params(expired, ""),
		"-32001 access_token_blocked":           params(blocked, ""),
		"-32001 access_token_invalid":           params("nobody's", ""), "-32003 forbidden": params(token(t, at("PERSONAL")),
			""),
		"-32003 ip_not_whitelisted":             params(restricted, ""),
		"-32099 batch_opreations_not_supported": `[]`,
		"-32099 notifications_not_supported":    `{"jsonrpc":"2.0","method":"get.employees"}`,
	} {
		a := away(body)
		require.NotNil(t, a.Error, want)
		require.Equal(t, want, fmt.Sprint(a.Error.Code, " ", a.Error.Data.Mnemonic))
		require.NotEmpty(t, a.Error.Message)
	}
	gone := serve(func(c *Config) { c.Database = broken{} })
	require.Equal(t, "-32603 internal_error", mnemonicOf(t, gone, key, ""))
	one := serve(func(c *Config) { c.Limits, c.Machine = Limits{Minute: 1}, midday })
	of := newTokenOf(t, at("VIEWER"))
	require.Equal(t, []string{"", "-32029 limit_exceeded"},
		[]string{mnemonicOf(t, one, of, ""), mnemonicOf(t, one, of, "")})
}

func TestContract_Jtel(t *testing.T) {
	t.Parallel()
	h, key := serve(), as(t, "VIEWER")
	fetch := func(t *testing.T, path string) (status int, doc map[string]any) {
		t.Helper()
		w := ask(t, h, "/rest/v1.0/"+path, key...)
		decodeInto(t, w.Body.Bytes(), &doc)
		return w.Code, doc
	}
	hold(t, []clause{
		{"lists have the published envelope, by UID", func(t *testing.T) {
			_, doc := fetch(t, "7/users")
			records := doc["records"].([]any)
			delete(doc, "records")
			require.Equal(
				t,
				map[string]any{
					"filter":        "",
					"limitStart":    0.0,
					"limitPageSize": -1.0,
					"count":         float64(len(records)),
					"orderBy":       "UID",
					"ascending":     true,
					"status":        200.0,
				},
				doc,
			)
			for i := range records[1:] {
				require.LessOrEqual(t, records[i].(map[string]any)["UID"], records[i+1].(map[string]any)["UID"])
			}
		}},
		{"users have the published fields, ID and UID, and no others", func(t *testing.T) {
			_, doc := fetch(t, "7/users/user/2")
			require.Equal(t, []any{1.0, 200.0}, []any{doc["count"], doc["status"]})
			user := doc["records"].([]any)[0].(map[string]any)
			require.Len(t, doc, 3)
			require.Len(t, user, 9)
			for _, name := range strings.Fields("ID UID bTelCallsForwarding bUseWebMail bUseWebEmail dtPBXTelephoneStatus " +
				"ResellersID TelStatusID AgentStatusAfterLogoutRejectedID") {
				require.Contains(t, user, name)
			}
			require.Equal(t, "2026-10-30T09:20:14.558", user["dtPBXTelephoneStatus"], "milliseconds and no zone")
		}},
		{"uid is a part in any case, % and _ are themselves", func(t *testing.T) {
			for uid, count := range map[string]float64{"two_2%25": 1, "TWO_": 1, "T%25o": 0, "nobody": 0} {
				status, doc := fetch(t, "7/users/user?uid="+uid)
				require.Equal(t, []any{200, count, 200.0}, []any{status, doc["count"], doc["status"]}, uid)
				require.NotNil(t, doc["records"])
			}
			status, _ := fetch(t, "7/users/user")
			require.Equal(t, http.StatusBadRequest, status, "missing")
		}},
		{"unknown ids, tokens, clients and endpoints", func(t *testing.T) {
			status, doc := fetch(t, "7/users/user/4711")
			require.Equal(t, []any{404, map[string]any{"status": 404.0, "error": "User not found"}}, []any{status, doc})
			require.Equal(t, `401 {"status":401,"error":"Unauthorized"}`, said(t, h, "GET", "/rest/v1.0/7/users", "",
				[]string{"Authorization", "Bearer x"}))
			require.Equal(t, `401 {"status":401,"error":"Unauthorized"}`, said(t, h, "GET", "/rest/v1.0/4711/users", "", key))
			require.Equal(t, `404 `, said(t, h, "GET", "/rest/v1.0/7/agents", "", key))
		}},
	})
}

// TestContract_AcrossTheThree: one directory behind three forms.
func TestContract_AcrossTheThree(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	key := o.as(t, "OWNER")
	email := login()
	id := createEmployee(t, `"emailAddress":"`+email+`"`)["_id"].(string)
	var jtel struct{ Records []jtelUser }
	number := func() string {
		a := get(t, h, key[1], `"filter":{"field":"email","operator":"=","value":"`+email+`"}`)
		decodeInto(t, ask(t, h, "/rest/v1.0/7/users/user?uid="+email, key...).Body.Bytes(), &jtel)
		if len(a.Result.Data) == 0 {
			require.Empty(t, jtel.Records)
			return ""
		}
		require.Equal(t, string(a.Result.Data[0]["id"]), fmt.Sprint(jtel.Records[0].ID), "one stable integer")
		return string(a.Result.Data[0]["id"])
	}
	first := number()
	require.NotEmpty(t, first)
	change(t, id, `{"title":"x"}`)
	require.Equal(t, first, number(), "whatever changes")

	require.NoError(t, o.recordEvents(t.Context(), id, events.EmployeeDeleted{Date: 1}))
	require.Empty(t, number(), "the deleted are hidden")
	require.Contains(t, said(t, h, "GET", "/employee/"+id, "", key), "404 ")
	require.Equal(t, domain.StateDeleted, document(t, ask(t, h, "/employee/"+id+"?includeDeleted=true", key...))["state"])
	for path, body := range map[string]string{
		"/employee/" + unknown:      `{"error":{"status":404,"code":"employee","message":"Employee not found"}}`,
		"/rest/v1.0/7/users/user/0": `{"status":404,"error":"User not found"}`,
	} {
		require.JSONEq(t, body, ask(t, h, path, key...).Body.String(), "each has its own envelope")
	}
	require.True(t, json.Valid(call(t, h, http.MethodPost, callGearPath, "{").Body.Bytes()))
}
