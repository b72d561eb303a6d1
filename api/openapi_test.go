package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// described is what the tests read of the description.
type described struct {
	OpenAPI string
	Paths   map[string]map[string]struct {
		OperationID string
		Parameters  []struct{ Name, In string }
		Responses   map[string]json.RawMessage
	}
	Components struct{ Schemas map[string]json.RawMessage }
}

func description(t *testing.T) (d described) {
	t.Helper()
	require.NoError(t, json.Unmarshal(openAPI, &d))
	return d
}

// schema compiles a part of the description, by its JSON pointer.
func schema(t *testing.T, pointer string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, compiler.AddResource("openapi.json", document))
	compiled, err := compiler.Compile("openapi.json#" + pointer)
	require.NoError(t, err, pointer)
	return compiled
}

// conforms holds an answer to the description of its path.
func conforms(t *testing.T, path, method string, status int, answer []byte) {
	t.Helper()
	d := description(t)
	responses := d.Paths[path][method].Responses
	key := fmt.Sprint(status)
	if _, ok := responses[key]; !ok {
		key = "default"
	}
	escaped := strings.NewReplacer("~", "~0", "/", "~1").Replace(path)
	compiled := schema(t, "/paths/"+escaped+"/"+method+"/responses/"+key+"/content/application~1json/schema")
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(answer))
	require.NoError(t, err, "%s", answer)
	require.NoError(t, compiled.Validate(v), "%s %s: %s", method, path, answer)
}

func TestOpenAPI_HasTheRoutes(t *testing.T) {
	t.Parallel()
	d := description(t)
	require.Equal(t, "3.1.0", d.OpenAPI)
	var told, served []string
	for path, operations := range d.Paths {
		for method, operation := range operations {
			told = append(told, strings.ToUpper(method)+" "+path)
			require.NotEmpty(t, operation.OperationID)
			for _, p := range operation.Parameters {
				require.Equal(t, p.In == "path", strings.Contains(path, "{"+p.Name+"}"), "%s of %s", p.Name, path)
			}
		}
	}
	for _, r := range (&handler{}).routes() {
		served = append(served, strings.ReplaceAll(r.pattern, "...", ""))
	}
	require.ElementsMatch(t, served, told)
	for name := range d.Components.Schemas {
		schema(t, "/components/schemas/"+name)
	}
	require.JSONEq(t, string(openAPI), ask(t, serve(), "/openapi.json").Body.String())
}

func TestOpenAPI_DescribesResponses(t *testing.T) {
	t.Parallel()
	d := &recorder{}
	h := serve(d.use)
	admin := as(t, "ADMIN")
	itself := []string{"X-API-Key", token(t, events.Actor{Employee: equipped, AccessLevel: "OWNER",
		Customer: ownCustomer})}
	key := token(t, at("VIEWER"))
	d.finished = true
	search := func(filter string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"get.employees","params":{"access_token":%q,"filter":%s}}`,
			key, filter)
	}
	seen := map[string]bool{}
	for _, c := range []struct {
		method, path, at string
		body             string
		headers          []string
		status           int
	}{
		{"get", "/employee/{id}", "/employee/" + equipped, "", admin, 200},
		{"get", "/employee/{id}", "/employee/" + equipped, "", itself, 200},
		{"get", "/employee/{id}", "/employee/" + plain, "", as(t, "VIEWER"), 200},
		{"get", "/employee/{id}", "/employee/" + unknown, "", admin, 404},
		{"get", "/employee/{id}", "/employee/" + plain, "", nil, 401}, {"get", "/employee", "/employee", "", admin, 200},
		{"get", "/employee", "/employee?limit=x", "", admin, 422},
		{"post", "/employee", "/employee", `[]`, admin, 400},
		{"post", "/employee/{id}", "/employee/" + equipped, `{"title":"x"}`, admin, 200},
		{"delete", "/employee/{id}", "/employee/" + equipped, ``, admin, 200},
		{"post", "/employee/{id}/token", "/employee/" + viewer + "/token", `{"name":"x"}`, admin, 200},
		{"get", "/employee/{id}/token", "/employee/" + viewer + "/token", ``, admin, 200},
		{"get", "/commands/{id}", "/commands/" + sentBefore(t, h, admin), "", admin, 200},
		{"get", "/commands/{id}", "/commands/x", "", admin, 404},
		{"get", "/pbx/app/employees", "/pbx/app/employees?calls=true&standalone=true", "", itself, 200},
		{"post", "/pbx/app/employees", "/pbx/app/employees", `["` + equipped + `"]`, as(t, "VIEWER"), 200},
		{"post", "/pbx/app/employees", "/pbx/app/employees", `{`, admin, 400},
		{"post", "/callgear/v2.0", callGearPath, search(`{}`), nil, 200},
		{"post", "/callgear/v2.0", callGearPath, search(`[]`), nil, 200},
		{"post", "/callgear/v2.0", callGearPath, `{`, nil, 200},
		{"get", "/rest/v1.0/{client}/users", "/rest/v1.0/7/users", "", admin, 200},
		{"get", "/rest/v1.0/{client}/users", "/rest/v1.0/7/users", "", nil, 401},
		{"get", "/rest/v1.0/{client}/users/user", "/rest/v1.0/7/users/user?uid=two", "", admin, 200},
		{"get", "/rest/v1.0/{client}/users/user", "/rest/v1.0/7/users/user", "", admin, 400},
		{"get", "/rest/v1.0/{client}/users/user/{user}", "/rest/v1.0/7/users/user/2", "", admin, 200},
		{"get", "/rest/v1.0/{client}/users/user/{user}", "/rest/v1.0/7/users/user/3", "", admin, 404},
		{"get", "/openapi.json", "/openapi.json", "", nil, 200},
		{"get", "/mvno", "/mvno?customer=" + ownCustomer, "", admin, 200},
		{"get", "/product", "/product?customer=" + ownCustomer, "",
			admin, 200},
		{"delete", "/employee/{id}/token", "/employee/" + keyed + "/token", "", admin, 200},
		{"delete", "/employee/{id}/token/{token}", "/employee/" + disabled + "/token/" + tokenIDOf(t, disabled), "",
			admin, 200},
	} {
		w := call(t, h, strings.ToUpper(c.method), c.at, c.body, c.headers...)
		require.Equal(t, c.status, w.Code, "%s %s: %s", c.method, c.at, w.Body.String())
		conforms(t, c.path, c.method, w.Code, w.Body.Bytes())
		seen[strings.ToUpper(c.method)+" "+c.path] = true
	}
	d.answer = func(c Command) (domain.Outcome, error) {
		return domain.Outcome{Command: c.ID, Subject: plain, Status: "parked"}, nil
	}
	w := call(t, h, http.MethodPost, "/employee", `{"customer":"`+ownCustomer+`"}`, admin...)
	require.Equal(t, http.StatusAccepted, w.Code)
	conforms(t, "/employee", "post", w.Code, w.Body.Bytes())
	unseen := slices.DeleteFunc((&handler{}).routes(), func(r route) bool {
		return seen[r.pattern] || strings.Contains(r.pattern, "/invoice") // invoices_test.go
	})
	require.Empty(t, unseen)
}

func TestOpenAPI_DescribesRequestsOfThePages(t *testing.T) {
	t.Parallel()
	for pointer, bodies := range map[string][]string{
		"/components/schemas/EmployeeCreate": {`{"customer":"` + ownCustomer +
			`","accessLevel":"OWNER","state":"ENABLED","name":"Sample employee 07",
			"address":"52f4fd7734697b2800000001",
			"title":"Managing director","emailAddress":"seven@sample.example","noEmail":false,"ipRestriction":"192.0.2.55",
			"language":"da","notes":"A note","primaryContact":true,
			"smsValidation":false,"authenticatorValidation":true,"subscriptions":["1234567890ABCDEF12345678"],"product":"1234567890ABCDEF12345678",
			"apiAccessFilter":[],"m2mOnly":false,"webauthnOnly":false}`},
		"/components/schemas/EmployeeUpdate": {`{"title":null,"newProduct":null,"addonProducts":[{"_id":"5d0000000000000000000001",
			"product":"5b0000000000000000000001","units":2,"terminates":null}]}`},
		"/components/schemas/CallGearRequest": {`{"jsonrpc":"2.0","id":"1","method":"get.employees","params":{"access_token":"x",
			"filter":{"filters":[{"field":"id","operator":"=","value":1}],"condition":"and"}}}`},
	} {
		for _, body := range bodies {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
			require.NoError(t, err)
			require.NoError(t, schema(t, pointer).Validate(v))
		}
	}
}

func TestOpenAPI_NamesEveryProperty(t *testing.T) {
	t.Parallel()
	var employee struct{ Properties map[string]json.RawMessage }
	require.NoError(t, json.Unmarshal(description(t).Components.Schemas["Employee"], &employee))
	named := slices.Sorted(maps.Keys(employee.Properties))
	for _, name := range append(plainProperties, "notes", "shortcuts", "persistentTokens") {
		require.Contains(t, named, name)
	}
	var shown struct{ Properties map[string]json.RawMessage }
	require.NoError(t, json.Unmarshal(description(t).Components.Schemas["CallGearEmployee"], &shown))
	require.ElementsMatch(t, slices.Collect(maps.Keys(rpcFields)), slices.Collect(maps.Keys(shown.Properties)))
}

// sentBefore is the id of a command that a caller sent.
func sentBefore(t *testing.T, h http.Handler, headers []string) string {
	t.Helper()
	late := call(t, serve(func(c *Config) {
		c.Send = func(context.Context, Command) (domain.Outcome, error) {
			return domain.Outcome{}, context.DeadlineExceeded
		}
	}), http.MethodPost, "/employee/"+equipped, `{"title":"x"}`, headers...)
	var pending commandState
	decodeInto(t, late.Body.Bytes(), &pending)
	require.NotEmpty(t, pending.Command, late.Body.String())
	return pending.Command
}

// tokenIDOf makes a token of an employee and returns its id.
func tokenIDOf(t *testing.T, employee string) string {
	t.Helper()
	newTokenOf(t, events.Actor{Employee: employee, AccessLevel: "VIEWER", Customer: ownCustomer})
	list, err := Tokens{Database: db}.Of(t.Context(), employee)
	require.NoError(t, err)
	return list[len(list)-1].ID
}
