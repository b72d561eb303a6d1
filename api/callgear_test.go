package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/projections"
)

// rpcOutcome is what a test reads of a reply.
type rpcOutcome struct {
	ID     json.RawMessage
	Result *struct {
		Data     []map[string]json.RawMessage
		Metadata struct {
			Total  int `json:"total_items"`
			Limits counters
		}
	}
	Error *struct {
		Code    int
		Message string
		Data    struct {
			Mnemonic, Field string
			Metadata        map[string]counters
		}
	}
}

// rpc sends a body to CallGear's API.
func rpc(t testing.TB, h http.Handler, body string) rpcOutcome {
	t.Helper()
	w := call(t, h, http.MethodPost, callGearPath, body)
	require.Equal(t, http.StatusOK, w.Code, "whatever is wrong")
	var a rpcOutcome
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a), w.Body.String())
	require.NotEqual(t, a.Result == nil, a.Error == nil, "a result or an error: %s", w.Body.String())
	return a
}

// get sends get.employees with parameters beside the token.
func get(t testing.TB, h http.Handler, token, params string) rpcOutcome {
	t.Helper()
	if params != "" {
		params = "," + params
	}
	return rpc(t, h, fmt.Sprintf(`{"jsonrpc":"2.0","id":"7","method":"get.employees","params":{"access_token":%q%s}}`,
		token, params))
}

// numbersOf are the ids of the employees in an answer.
func numbersOf(t testing.TB, a rpcOutcome) (ids []string) {
	t.Helper()
	require.Nil(t, a.Error, "%+v", a.Error)
	for _, e := range a.Result.Data {
		ids = append(ids, string(e["id"]))
	}
	return ids
}

// midday is noon of the day of the database's clock, by which old counts are forgotten.
func midday() time.Time { return time.Now().UTC().Truncate(day).Add(12 * time.Hour) }

func TestCallGear_ShowsAFullEmployee(t *testing.T) {
	t.Parallel()
	for name, number := range map[string]int{"callgear-employee.full": 2, "callgear-employee.plain": 1} {
		key := newTokenOf(t, at("VIEWER"))
		w := call(t, serve(func(c *Config) { c.Limits, c.Machine = Limits{}, midday }), http.MethodPost, callGearPath,
			fmt.Sprintf(
				`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":%q,"filter":{"field":"id","operator":"=","value":%d}}}`, key, number))
		golden(t, name, w.Body.Bytes())
	}
}

func TestCallGear_FiltersFindWhatTheyName(t *testing.T) {
	t.Parallel()
	key := token(t, at("VIEWER"))
	f := func(field, operator, value string) string {
		return fmt.Sprintf(`{"field":%q,"operator":%q,"value":%s}`, field, operator, value)
	}
	and := func(list ...string) string { return `{"condition":"and","filters":[` + strings.Join(list, ",") + `]}` }
	or := func(list ...string) string { return `{"condition":"or","filters":[` + strings.Join(list, ",") + `]}` }
	const everybody = "1 2 6 7 8 9 10 11 12"
	// Each row: a filter, and the ids that it finds among the nine employees of the customer.
	rows := []struct{ filter, found string }{
		{`{}`, everybody}, {`null`, everybody},
		{f("id", "=", "2"), "2"}, {f("id", "!=", "2"), "1 6 7 8 9 10 11 12"}, {f("id", "<", "6"), "1 2"},
		{f("id", ">=", "11"), "11 12"},
		{f("id", ">", "11"), "12"}, {f("id", "<=", "1"), "1"}, {f("id", "in", "[1,2,3,4,5]"), "1 2"},
		{f("id", "in", "[]"), ""}, {f("id", "=", "null"), ""},
		{f("last_name", "=", `"employee"`), "2"}, {f("last_name", "=", `"Employee"`), ""},
		{f("last_name", ">", `"10"`), "2 11 12"},
		{f("first_name", "=", `"Sample middle"`), "2"}, {f("full_name", "=", `"employee Sample middle"`), "2"},
		{f("first_name", "in", `["Sample middle","x"]`), "2"},
		{f("full_name", "like", `"%middle%"`), "2"}, {f("full_name", "like", `"%Middle%"`), ""},
		{f("full_name", "like", `"1%"`), "10 11 12"},
		{f("full_name", "like", `"1_ Sample employee"`), ""}, {f("full_name", "like", `"10 Sample employee"`), "10"},
		{f("full_name", "like", `"%"`), everybody},
		{f("email", "=", `"Two_2%@sample.example"`), "2"}, {f("email", "like", `"Two_2%"`), "2"},
		{f("email", "like", `"Two_%"`), "2"},
		{f("email", "like", `"Tw__2%"`), ""},
		{f("email", "like", `"\\%"`), ""}, {f("email", "=", "null"), "1 6 7 8 9 10 11 12"}, {f("email", "!=", "null"), "2"},
		{f("email", "!=", `"x"`), everybody},
		{f("email", "=", `"' OR 1=1 --"`), ""}, {f("email", "like", `"';%\"$1"`), ""}, {f("email", "in", `["'","\\"]`), ""},
		{f("last_name", "regexp", `"^1[0-2]$"`), "10 11 12"}, {f("last_name", "regexp", `"^(emp|abc)loyee$"`), "2"},
		{f("last_name", "regexp", `"^EMP"`), ""},
		{f("last_name", "regexp", `"[[:alpha:]]+"`), "2"}, {f("last_name", "regexp", `""`), everybody},
		{f("status", "=", `"do_not_disturb"`), "2"}, {f("status", "in", `["unknown","available"]`), "1 6 7 8 9 10 11 12"},
		{f("status", "!=", `"unknown"`), "2"},
		{f("call_recording", "=", `"all"`), "2"}, {f("call_recording", "=", "null"), "1 6 7 8 9 10 11 12"},
		{f("calls_available", "=", "false"), "2"}, {f("calls_available", "!=", "false"), "1 6 7 8 9 10 11 12"},
		{f("calls_available", "=", "true"), ""},
		{f("schedule_id", "=", "1"), ""}, {f("schedule_id", "=", "null"), everybody}, {f("schedule_name", "like", `"%"`), ""},
		{f("phone_numbers", "jsquery", `"phone_number = \"+4500000002\""`), "2"},
		{f("phone_numbers", "jsquery", `"#.phone_number = \"+4500000003\""`), ""},
		{f("phone_numbers", "jsquery", `"phone_number = *"`), "2"},
		{f("phone_numbers", "jsquery", `"channels_count = null"`), "2"},
		{f("extension", "jsquery", `"$.extension_phone_number = \"102\""`), "2"},
		{f("extension", "jsquery", `"\"extension_phone_number\" = *"`), "2 7 8"},
		{f("extension", "jsquery", `"extension_phone_number = 102"`), ""}, {f("coach", "jsquery", `"coach_id = *"`), ""},
		{f("groups", "jsquery", `"group_id = 1"`), ""},
		{f("allowed_in_call_types", "jsquery", `"# = \"internal\""`), "refused"},
		{f("phone_numbers", "jsquery", `"a\") ? (true = *"`), "refused"},
		{and(f("id", ">", "1"), f("id", "<", "8")), "2 6 7"}, {or(f("id", "=", "1"), f("last_name", "=", `"12"`)), "1 12"},
		{and(or(f("id", "=", "1"), f("id", "=", "2")), or(f("id", "=", "2"), and(f("id", "=", "6")))), "2"},
	}
	h := serve()
	for _, row := range rows {
		a := get(t, h, key, `"filter":`+row.filter)
		if row.found == "refused" {
			require.Equal(t, "invalid_parameter_value", a.Error.Data.Mnemonic, row.filter)
			continue
		}
		require.Equal(t, row.found, strings.Join(numbersOf(t, a), " "), row.filter)
		require.Equal(t, len(a.Result.Data), a.Result.Metadata.Total, row.filter)
	}
}

func TestCallGear_SortsAndPages(t *testing.T) {
	t.Parallel()
	key := token(t, at("VIEWER"))
	h := serve()
	for params, found := range map[string]string{
		`"sort":[{"field":"last_name","order":"desc"}],"limit":2`:                                           "2 12",
		`"sort":[{"field":"first_name"},{"field":"full_name","order":"desc"}],"limit":3,"offset":1`:         "11 10 9",
		`"sort":[{"field":"patronymic","order":"asc"},{"field":"calls_available","order":"asc"}],"limit":1`: "2",
		`"sort":null,"fields":null,"limit":1`:                                                               "1",
		`"offset":100000`:                                                                                   "",
	} {
		a := get(t, h, key, params)
		require.Equal(t, found, strings.Join(numbersOf(t, a), " "), params)
		require.Equal(t, 9, a.Result.Metadata.Total, "however many are on the page")
	}
	a := get(t, h, key, `"fields":["last_name","coach"],"limit":1`)
	require.Equal(t, map[string]json.RawMessage{"last_name": json.RawMessage(`"01"`), "coach": json.RawMessage(`{}`)},
		a.Result.Data[0])
}

func TestCallGear_ShowsTheCustomerOfTheUser(t *testing.T) {
	t.Parallel()
	h := serve()
	// Each row: the caller, the user, and how many are found; or the mnemonic of the refusal.
	for _, row := range []struct {
		by       events.Actor
		user     string
		total    int
		mnemonic string
	}{
		{at("OWNER"), "", 9, ""}, {at("OWNER"), `"user_id":7`, 9, ""},
		{at("OWNER"), `"user_id":4`, 0, "invalid_parameter_value"},
		{at("PERSONAL"), "", 0, "forbidden"}, {at("RESELLER"), "", 0, "required_parameter_missed"},
		{at("RESELLER"), `"user_id":4`, 1, ""},
		{at("RESELLER"), `"user_id":5`, 0, "invalid_parameter_value"}, {at("ADMIN"), "", 0, "required_parameter_missed"},
		{at("ADMIN"), `"user_id":5`, 1, ""},
		{at("ADMIN"), `"user_id":99`, 0, "invalid_parameter_value"}, {at("ADMIN"), `"user_id":"4"`, 0, "data_type_error"},
	} {
		a := get(t, h, token(t, row.by), row.user)
		if row.mnemonic != "" {
			require.Equal(t, row.mnemonic, a.Error.Data.Mnemonic, "%v", row)
			continue
		}
		require.Nil(t, a.Error, "%v", row)
		require.Equal(t, row.total, a.Result.Metadata.Total, "%v", row)
	}
}

func TestCallGear_CountsAndLimitsCalls(t *testing.T) {
	t.Parallel()
	now := midday().Add(12*time.Hour - 89*time.Second - 500*time.Millisecond)
	h := serve(func(c *Config) { c.Limits, c.Machine = Limits{Day: 3, Minute: 2}, func() time.Time { return now } })
	key := newTokenOf(t, at("VIEWER"))
	first := get(t, h, key, "").Result.Metadata.Limits
	require.Equal(t, counters{3, 2, 90, 2, 1, 30}, first)
	require.NotNil(t, get(t, h, key, "").Result)
	over := get(t, h, key, "")
	require.Equal(t, codeLimit, over.Error.Code)
	require.Equal(t, "limit_exceeded", over.Error.Data.Mnemonic)
	require.Equal(t, counters{3, 1, 90, 2, 0, 30}, over.Error.Data.Metadata["limits"])
	require.NotNil(t, get(t, h, newTokenOf(t, at("VIEWER")), "").Result, "each token has its own")
	other := serve(func(c *Config) { c.Limits, c.Machine = Limits{Day: 3, Minute: 2}, func() time.Time { return now } })
	require.Equal(t, "limit_exceeded", get(t, other, key, "").Error.Data.Mnemonic, "another process counts on")
	behind := serve(func(c *Config) {
		c.Limits, c.Machine = Limits{Day: 3, Minute: 2}, func() time.Time { return now.Add(-time.Minute) }
	})
	require.Equal(t, "limit_exceeded", get(t, behind, key, "").Error.Data.Mnemonic, "also where its clock is behind")
	now = now.Add(time.Minute)
	require.NotNil(t, get(t, other, key, "").Result)
	require.Equal(t, "limit_exceeded", get(t, h, key, "").Error.Data.Mnemonic, "the day's are used up")
	now = now.Add(time.Minute)
	require.NotNil(t, get(t, h, key, "").Result, "the next day")
}

func TestCallGear_CountsConcurrentCallsOnce(t *testing.T) {
	t.Parallel()
	const limit, asked = 5, 20
	var taken atomic.Int64
	var all sync.WaitGroup
	key := newTokenOf(t, at("VIEWER"))
	for range asked {
		m := newMeter(Limits{Minute: limit}, midday, db)
		all.Go(func() {
			if _, ok, err := m.take(t.Context(), key); err == nil && ok {
				taken.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, limit, taken.Load())
	left, ok, err := newMeter(Limits{}, func() time.Time { return midday().Add(24 * time.Hour) },
		db).take(t.Context(), key)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, []int64{2999, 59}, []int64{left.DayRemaining, left.MinuteRemaining},
		"the published limits, a day later")
	_, _, err = newMeter(Limits{}, time.Now, broken{}).take(t.Context(), key)
	require.ErrorContains(t, err, "api: count a call")
}

func TestCallGear_BoundsTheTimeOfASearch(t *testing.T) {
	t.Parallel()
	condition := projections.Condition{Column: projections.ColumnFullName, Operator: projections.Regexp, Value: "x"}
	_, _, err := projections.SearchDirectory(t.Context(), slow{db},
		projections.Search{Customer: ownCustomer, Where: condition, Within: time.Millisecond})
	require.ErrorIs(t, err, projections.ErrSearchTime)
	h := &handler{}
	wrong := h.searchFailure(nil, err)
	require.Equal(t, codeParams, wrong.Code)
	require.False(t, errors.Is(err, context.DeadlineExceeded), "the database ends it, not the caller")
}
