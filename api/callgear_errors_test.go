package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/projections"
)

// slow sends a batch in which every statement after the first sleeps, so that a time limit set by the first one
// strikes.
type slow struct{ db projections.Database }

func (s slow) InTx(ctx context.Context, b *pgx.Batch) error {
	sleeping := &pgx.Batch{}
	first := b.QueuedQueries[0]
	sleeping.Queue(first.SQL, first.Arguments...)
	sleeping.Queue("SELECT pg_sleep(30)")
	return s.db.InTx(ctx, sleeping)
}

// TestCallGear_EveryMnemonic lists each wrong request with what it is told.
func TestCallGear_EveryMnemonic(t *testing.T) {
	t.Parallel()
	h := serve()
	expired, err := Tokens{Database: db}.Create(t.Context(), at("VIEWER"), time.Second)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, _, err := Tokens{Database: db}.Rights(t.Context(), expired)
		return err != nil
	}, 10*time.Second, 20*time.Millisecond)
	key := token(t, at("VIEWER"))
	narrow := token(t, events.Actor{Employee: narrowed, AccessLevel: "MANAGER", Customer: ownCustomer})
	request := func(params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{` + params + `}}`
	}
	with := func(more string) string { return request(fmt.Sprintf(`"access_token":%q,%s`, key, more)) }
	filter := func(f string) string { return with(`"filter":` + f) }
	deep := `{"field":"id","operator":"=","value":1}`
	for range 4 {
		deep = `{"condition":"and","filters":[` + deep + `]}`
	}
	one := `{"field":"id","operator":"=","value":1}`
	rows := []mnemonicRow{
		{`{`, -32700, "parse_error"}, {``, -32700, "parse_error"}, {`{"jsonrpc":"2.0","id":1}}`, -32700, "parse_error"},
		{"\xff", -32700, "parse_error"},
		{strings.Repeat("[", 20_000), -32700, "parse_error"}, {`[]`, -32099, "batch_opreations_not_supported"},
		{` [{"jsonrpc":"2.0"}]`, -32099, "batch_opreations_not_supported"},
		{`{}`, -32600, "invalid_request"}, {`1`, -32600, "invalid_request"},
		{`{"jsonrpc":"1.0","id":1,"method":"get.employees"}`, -32600, "invalid_request"},
		{`{"jsonrpc":"2.0","id":{},"method":"get.employees"}`, -32600, "invalid_request"},
		{`{"jsonrpc":"2.0","id":1,"method":5}`, -32600, "invalid_request"},
		{`"` + strings.Repeat("x", bodyBytesMax) + `"`, -32600, "invalid_request"},
		{`{"jsonrpc":"2.0","method":"get.employees"}`, -32099, "notifications_not_supported"},
		{`{"jsonrpc":"2.0","id":1,"method":"get.calls"}`, -32601, "method_not_found"},
		{`{"jsonrpc":"2.0","id":1,"method":"get.employees"}`, -32602, "required_parameter_missed"},
		{`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":[]}`, -32602, "required_parameter_missed"},
		{request(``), -32602, "required_parameter_missed"}, {request(`"access_token":1`), -32602, "data_type_error"},
		{request(`"access_token":null`), -32602, "data_type_error"},
		{request(`"access_token":"abc"`), -32001, "access_token_invalid"},
		{request(`"access_token":""`), -32001, "access_token_invalid"},
		{request(`"access_token":"` + expired + `"`), -32001, "access_token_expired"},
		{request(`"access_token":"` + narrow + `"`), -32003, "forbidden"},
		{with(`"page":1`), -32602, "unexpected_parameters"}, {with(`"limit":"1"`), -32602, "data_type_error"},
		{with(`"limit":1.5`), -32602, "data_type_error"},
		{with(`"limit":0`), -32602, "invalid_parameter_value"}, {with(`"limit":10001`), -32602, "invalid_parameter_value"},
		{with(`"offset":100001`), -32602, "invalid_parameter_value"},
		{with(`"offset":-1`), -32602, "invalid_parameter_value"}, {with(`"offset":1e99`), -32602, "data_type_error"},
		{with(`"fields":"id"`), -32602, "data_type_error"},
		{with(`"fields":[]`), -32602, "invalid_parameter_value"},
		{with(`"fields":["id","secret"]`), -32602, "unexpected_parameters"},
		{with(`"sort":{}`), -32602, "data_type_error"}, {with(`"sort":[{}]`), -32602, "required_parameter_missed"},
		{with(`"sort":[{"field":1}]`), -32602, "data_type_error"},
		{with(`"sort":[{"field":"id"}]`), -32602, "sort_prohibited"},
		{with(`"sort":[{"field":"x"}]`), -32602, "unexpected_parameters"},
		{with(`"sort":[{"field":"last_name","order":"up"}]`), -32602, "invalid_parameter_value"},
		{with(`"sort":[{"field":"last_name","order":null}]`), -32602, "data_type_error"},
		{with(`"sort":[{"field":"last_name","nulls":"first"}]`), -32602, "unexpected_parameters"},
		{with(`"sort":[` + strings.Repeat(`{"field":"last_name"},`, 5) + `{"field":"last_name"}]`), -32602,
			"invalid_parameter_value"},
		{filter(`[]`), -32602, "data_type_error"}, {filter(`"x"`), -32602, "data_type_error"},
		{filter(deep), -32602, "invalid_parameter_value"},
		{filter(`{"filters":[` + one + `]}`), -32602, "required_parameter_missed"},
		{filter(`{"filters":{},"condition":"and"}`), -32602, "data_type_error"},
		{filter(`{"filters":[],"condition":"and"}`), -32602, "invalid_parameter_value"},
		{filter(`{"filters":[` + one + `],"condition":"xor"}`), -32602, "invalid_parameter_value"},
		{filter(`{"filters":[1],"condition":"or"}`), -32602, "data_type_error"},
		{filter(`{"filters":[` + one + `],"condition":1}`), -32602, "data_type_error"},
		{filter(`{"condition":"or"}`), -32602, "required_parameter_missed"},
		{filter(`{"filters":[` + one + `],"condition":"and","field":"id"}`), -32602, "invalid_parameters_combination"},
		{filter(`{"filters":[` + one + `],"condition":"and","x":1}`), -32602, "unexpected_parameters"},
		{filter(`{"field":"id","operator":"=","value":1,"x":1}`), -32602, "unexpected_parameters"},
		{filter(`{"filters":[` + strings.Repeat(one+",", 500) + one + `],"condition":"or"}`), -32602,
			"invalid_parameter_value"},
	}
	refuseWith(t, h, rows)
	require.Contains(t, call(t, h, http.MethodGet, callGearPath, "").Body.String(), `"mnemonic":"invalid_request"`)
	require.Equal(t, `1`, string(rpc(t, h, with(`"limit":0`)).ID), "an error tells which call it answers")
	require.Equal(t, "null", string(rpc(t, h, `{`).ID))
}

// mnemonicRow is a body and how it is refused.
type mnemonicRow = struct {
	body     string
	code     int
	mnemonic string
}

func refuseWith(t *testing.T, h http.Handler, rows []mnemonicRow) {
	t.Helper()
	for _, row := range rows {
		a := rpc(t, h, row.body)
		said := row.body[:min(200, len(row.body))]
		require.NotNil(t, a.Error, said)
		require.Equal(t, row.code, a.Error.Code, "%s: %+v", said, a.Error)
		require.Equal(t, row.mnemonic, a.Error.Data.Mnemonic, "%s: %+v", said, a.Error)
	}
}

func TestCallGear_EveryMnemonicOfAFilter(t *testing.T) {
	t.Parallel()
	h, key := serve(), token(t, at("VIEWER"))
	filter := func(f string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":%q,"filter":%s}}`, key,
			f)
	}
	leaf := func(field, operator, value string) string {
		return filter(fmt.Sprintf(`{"field":%q,"operator":%q,"value":%s}`, field, operator, value))
	}
	refuseWith(t, h, []mnemonicRow{
		{filter(`{"operator":"=","value":1}`), -32602, "required_parameter_missed"},
		{filter(`{"field":"id","value":1}`), -32602, "required_parameter_missed"},
		{filter(`{"field":"id","operator":"="}`), -32602, "required_parameter_missed"},
		{leaf("nobody", "=", "1"), -32602, "unexpected_parameters"},
		{leaf("patronymic", "=", `"x"`), -32602, "filter_prohibited"},
		{leaf("operator", "jsquery", `"x = *"`), -32602, "filter_prohibited"},
		{leaf("id", "~", "1"), -32602, "invalid_parameter_value"},
		{leaf("id", "like", `"1"`), -32602, "invalid_parameters_combination"},
		{leaf("groups", "=", `[]`), -32602, "invalid_parameters_combination"},
		{leaf("status", "like", `"a%"`), -32602, "invalid_parameters_combination"},
		{leaf("calls_available", "in", `[true]`), -32602, "invalid_parameters_combination"},
		{leaf("email", "jsquery", `"x = 1"`), -32602, "invalid_parameters_combination"},
		{leaf("id", "=", `"1"`), -32602, "data_type_error"},
		{leaf("id", "=", `99999999999999999999`), -32602, "data_type_error"},
		{leaf("id", "<", "null"), -32602, "data_type_error"},
		{leaf("email", "=", "1"), -32602, "data_type_error"}, {leaf("email", "like", "null"), -32602, "data_type_error"},
		{leaf("calls_available", "=", `"true"`), -32602, "data_type_error"},
		{leaf("email", "in", `"x"`), -32602, "data_type_error"}, {leaf("id", "in", `[1,"x"]`), -32602, "data_type_error"},
		{leaf("status", "=", `"sleeping"`), -32602, "invalid_parameter_value"},
		{leaf("email", "=", `"a\u0000b"`), -32602, "invalid_parameter_value"},
		{leaf("email", "=", `"`+strings.Repeat("x", 1001)+`"`), -32602, "invalid_parameter_value"},
		{leaf("id", "in", "["+strings.Repeat("1,", 10_000)+"1]"), -32602, "invalid_parameter_value"},
		{leaf("email", "regexp", `"("`), -32602, "invalid_parameter_value"},
		{leaf("email", "regexp", `"a{1,999999}"`), -32602, "invalid_parameter_value"},
		{leaf("email", "regexp", `"(((a{1,100}){1,100}){1,100}){1,100}"`), -32602, "invalid_parameter_value"},
		{leaf("email", "regexp", `"***=x"`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `1`), -32602, "data_type_error"},
		{leaf("extension", "jsquery", `"a"`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `"a = {}"`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `"a = \"\\u0000\""`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `"`+strings.Repeat("a.", 20)+`a = 1"`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `"`+strings.Repeat("x", 1001)+`"`), -32602, "invalid_parameter_value"},
		{leaf("extension", "jsquery", `"\"a = 1"`), -32602, "invalid_parameter_value"},
	})
}

func TestCallGear_ExplodingExpressionsEndInTime(t *testing.T) {
	t.Parallel()
	key := token(t, at("VIEWER"))
	for _, pattern := range []string{`(a+)+$`, `(a|aa)+$`, `(.*)*x`, `((((((((((x?)*)?)*)?)*)?)*)?)*)y`,
		`(a{0,50}){0,50}b`,
		strings.Repeat("(a|b)?", 100) + strings.Repeat("a", 100)} {
		began := time.Now()
		get(t, serve(), key, fmt.Sprintf(`"filter":{"field":"full_name","operator":"regexp","value":%q}`, pattern))
		require.Less(t, time.Since(began), 2*searchTime+5*time.Second, pattern)
	}
}
