package domain

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPropertiesOf_ReadsAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{}`, ` { } `, `{"a":1}`, "\t{ \"a\" : -1.5e3 ,\n\"b\":\"x\" }\r\n", `{"a":null,"b":true,"c":false}`,
		`{"a":{"b":[{"c":"}]"}]},"d":["\"",{}]}`, `{"a":"\\","b":"\\\""}`, `{"a":1,"a":2}`, `{"":0}`,
		`{"\u0061":1,"a":2}`, `{"ü":1}`, `{"a b":"ü€𝄞","c":"\u00e9"}`,
	} {
		requireSameProperties(t, raw)
	}
}

func TestPropertiesOf_ReadsAnyObject(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.String(), rapid.Custom(anyValue)).Draw(t, "object")
		raw, err := json.Marshal(object)
		require.NoError(t, err)
		requireSameProperties(t, string(raw))
		indented, err := json.MarshalIndent(object, " ", "\t")
		require.NoError(t, err)
		requireSameProperties(t, string(indented))
	})
}

func anyValue(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "text")
	case 1:
		return rapid.Float64().Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "flag")
	case 3:
		return rapid.SliceOfN(rapid.Deferred(func() *rapid.Generator[any] { return rapid.Custom(anyValue) }), 0, 2).
			Draw(t, "list")
	case 4:
		return map[string]any{rapid.String().Draw(t, "name"): rapid.String().Draw(t, "part")}
	}
	return nil
}

func requireSameProperties(t require.TestingT, raw string) {
	var want map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(raw), &want), raw)
	data := []byte(raw)
	got, err := propertiesOf(data)
	require.NoError(t, err, raw)
	clear(data) // what was read is kept
	require.Equal(t, want, got, raw)
}

func TestTexts_AreReadAndWrittenAsEncodingJSONDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`)).Draw(t, "text")
		raw, err := json.Marshal(text)
		require.NoError(t, err)
		require.Equal(t, string(raw), string(quoted(text)))
		require.Equal(t, text, textOf(raw))
	})
	for _, raw := range []string{``, `"`, `1`, `null`, `["a"]`, `"\u0041"`, `"ü"`, "\"\xff\""} {
		var want string
		_ = json.Unmarshal([]byte(raw), &want)
		require.Equal(t, want, textOf(json.RawMessage(raw)), raw)
	}
}

func TestDecodeCommand_ReadsPropertiesOfACreate(t *testing.T) {
	t.Parallel()
	const data = ` {"customer":"52f4fd7734697b2a00000001", "state":"ENABLED","product":"p\u0031","billingCustomer":null,
		"name":"Ann","deleteExtensions":true} `
	got, err := DecodeCommand("employee.create.v1", []byte(data))
	require.NoError(t, err)
	c := got.(CreateEmployee)
	require.Equal(t, []string{"52f4fd7734697b2a00000001", "ENABLED", "p1", ""},
		[]string{c.Customer, c.State, c.Product, c.BillingCustomer})
	require.True(t, c.DeleteExtensions)
	require.Equal(t, map[string]json.RawMessage{"name": json.RawMessage(`"Ann"`)}, c.given)
	require.Empty(t, c.malformed)
	_, err = DecodeCommand("employee.create.v1", []byte(data+"}"))
	require.NoError(t, err, "what follows the object is not read")
	got, err = DecodeCommand("employee.create.v1", []byte(`{"customer":1,"state":"ENABLED","color":"red"}`))
	require.NoError(t, err)
	c = got.(CreateEmployee)
	require.Len(t, c.malformed, 2)
	require.Equal(t, "ENABLED", c.State)
}
