package schemas_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tenure/schemas"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write samples of types that have none")

// goldenFiles are where the sample of a type may stand: what is published as it is in the log has that of the package
// events.
func goldenFiles(name string) []string {
	return []string{filepath.Join("samples", name+".json"), filepath.Join("..", "events", "testdata", "golden",
		name+".json")}
}

// sample is the golden value of a type, and one made from its schema where there is none: that is a failure of one test
// only.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	for _, file := range goldenFiles(name) {
		if raw, err := os.ReadFile(file); err == nil {
			return raw
		}
	}
	s := find(t, name).Schema()
	raw, err := json.MarshalIndent(instance(s, s), "", "  ")
	require.NoError(t, err)
	return append(raw, '\n')
}

// instance is a value of a schema with every property.
func instance(document, s *schemas.Schema) any {
	if s.Ref != "" {
		s = document.Defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	if len(s.AnyOf) > 0 {
		s = s.AnyOf[0]
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Type) == 0:
		return map[string]any{}
	}
	switch s.Type[0] {
	case "object":
		all := map[string]any{}
		for name, p := range s.Properties {
			all[name] = instance(document, p)
		}
		return all
	case "array":
		return []any{instance(document, s.Items)}
	case "integer":
		return 1
	case "boolean":
		return true
	}
	return sampleText(s)
}

func sampleText(s *schemas.Schema) string {
	for _, text := range []string{"sample", "2026-11-01", "12.50", "0:12"} {
		if s.Pattern != "" && regexp.MustCompile(s.Pattern).MatchString(text) {
			return text
		}
	}
	formats := map[string]string{"uuid": "3b8f2f44-6d53-5c1e-9f0a-000000000001", "date": "2026-11-01",
		"date-time": "2026-11-01T04:00:00Z"}
	return cmp.Or(formats[s.Format], "sample")
}

// compile makes a validator that takes formats seriously.
func compile(t *testing.T, s *schemas.Schema) *jsonschema.Schema {
	t.Helper()
	raw, err := s.JSON()
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource(s.ID, document))
	compiled, err := c.Compile(s.ID)
	require.NoError(t, err)
	return compiled
}

func validate(t *testing.T, s *jsonschema.Schema, raw []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	require.NoError(t, err)
	return s.Validate(value)
}

// find gives a message that there must be.
func find(t *testing.T, name string) schemas.Message {
	t.Helper()
	m, ok := schemas.Find(name)
	require.True(t, ok, name)
	return m
}

// changed is a value with one property of an object in it set to something else, or taken away with nil.
func changed(t *testing.T, raw []byte, inside, name string, value any) []byte {
	t.Helper()
	var whole map[string]any
	require.NoError(t, json.Unmarshal(raw, &whole))
	at := whole
	if inside != "" {
		at = whole[inside].(map[string]any)
	}
	if at[name] = value; value == nil {
		delete(at, name)
	}
	out, err := json.Marshal(whole)
	require.NoError(t, err)
	return out
}

// sampleEvent is an event's payload as the log holds it.
func sampleEvent(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(goldenFiles(name)[1])
	require.NoError(t, err, "go test ./events -update writes it")
	return raw
}
