package schemas_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/schemas"
)

// TestCompare_NothingReleasedWasBroken is what refuses an incompatible change. Where it fails, the type gets a new
// version beside the old one; see docs/contract.md.
func TestCompare_NothingReleasedWasBroken(t *testing.T) {
	t.Parallel()
	released, err := schemas.Released()
	require.NoError(t, err)
	for _, change := range schemas.Compare(released, schemas.Current()) {
		t.Error(change)
	}
}

// one is a set of one type that Tenure writes or reads, with a nested object, a list and a closed list of values.
func one(d contract.Direction) map[string]*schemas.Schema {
	no := false
	s := &schemas.Schema{
		Type: schemas.Types{"object"}, Required: []string{"id", "lines"},
		Route: &schemas.Route{Direction: d, Topics: []string{"a", "b"}, Key: "the id"},
		Properties: map[string]*schemas.Schema{
			"id": {Type: schemas.Types{"string"}, Format: "uuid"}, "kind": {Type: schemas.Types{"string"},
				Enum: []any{"X", "Y"}},
			"lines": {Type: schemas.Types{"array"}, Items: &schemas.Schema{Ref: "#/$defs/Line"}},
			"price": {AnyOf: []*schemas.Schema{{Type: schemas.Types{"string"}, Pattern: "^[0-9]+$"},
				{Type: schemas.Types{"number"}}}},
		},
		Defs: map[string]*schemas.Schema{"Line": {Type: schemas.Types{"object"}, Properties: map[string]*schemas.Schema{
			"n": {Type: schemas.Types{"integer"}}, "inner": {Ref: "#/$defs/Line"}}}},
	}
	if d == contract.In {
		s.Additional = &no
	}
	return map[string]*schemas.Schema{"sample.type.v1": s}
}

// compatibility is a sentence of the rules: what changed, and what is said of it where Tenure writes the type and where
// others do; empty: it is compatible.
type compatibility struct {
	name    string
	change  func(s *schemas.Schema)
	out, in string
}

var compatibilities = []compatibility{
	{"nothing", func(*schemas.Schema) {}, "", ""},
	{"a new optional property", func(s *schemas.Schema) { s.Properties["more"] = &schemas.Schema{} }, "", ""},
	{"a new required property", func(s *schemas.Schema) {
		s.Properties["more"], s.Required = &schemas.Schema{}, append(s.Required, "more")
	}, "more: a new property is required: messages of before do not have it",
		"more: a new property is required: messages of before do not have it"},
	{"a property that is gone", func(s *schemas.Schema) { delete(s.Properties, "kind") },
		"kind: the property is gone, or has another name", "kind: the property is gone, or has another name"},
	{"a property inside that is gone", func(s *schemas.Schema) { delete(s.Defs["Line"].Properties, "n") },
		"lines[].n: the property is gone, or has another name", "lines[].n: the property is gone, or has another name"},
	{"another type", func(s *schemas.Schema) { s.Properties["id"].Type = schemas.Types{"integer"} },
		"id: its type was string and is integer", "id: its type was string and is integer"},
	{"one type more", func(s *schemas.Schema) { s.Properties["id"].Type = schemas.Types{"null", "string"} },
		"id: its type was string and is null or string", ""},
	{"another form", func(s *schemas.Schema) { s.Properties["id"].Format = "date" },
		`id: its form was "uuid" and is "date"`, `id: its form was "uuid" and is "date"`},
	{"another form among several", func(s *schemas.Schema) { s.Properties["price"].AnyOf[0].Pattern = "^.*$" },
		`price: its form was "^[0-9]+$" and is "^.*$"`, `price: its form was "^[0-9]+$" and is "^.*$"`},
	{"one form less", func(s *schemas.Schema) { s.Properties["price"].AnyOf = s.Properties["price"].AnyOf[:1] },
		"price: its forms were 2 and are 1", "price: its forms were 2 and are 1"},
	{"required now", func(s *schemas.Schema) { s.Required = append(s.Required, "kind") }, "kind: it is required now",
		"kind: it is required now"},
	{"optional now", func(s *schemas.Schema) { s.Required = []string{"lines"} }, "id: it may be missing now", ""},
	{"one value less", func(s *schemas.Schema) { s.Properties["kind"].Enum = []any{"X"} },
		"kind: the value Y is gone", "kind: the value Y is gone"},
	{"one value more", func(s *schemas.Schema) { s.Properties["kind"].Enum = []any{"X", "Y", "Z"} },
		"kind: the value Z is new: a consumer of the closed list does not know it", ""},
	{"any value", func(s *schemas.Schema) { s.Properties["kind"].Enum = nil },
		"kind: it has other values than the closed list now", ""},
	{"a closed list that was none", func(s *schemas.Schema) { s.Properties["id"].Enum = []any{"X"} },
		"id: it takes a closed list of values now", "id: it takes a closed list of values now"},
	{"no list any more", func(s *schemas.Schema) { s.Properties["lines"].Items = nil },
		"lines: what its items are changed", "lines: what its items are changed"},
	{"one topic less", func(s *schemas.Schema) { s.Route.Topics = []string{"a"} }, "it is not on b any more",
		"it is not on b any more"},
	{"one topic more", func(s *schemas.Schema) { s.Route.Topics = []string{"a", "b", "c"} }, "", ""},
	{"another key", func(s *schemas.Schema) { s.Route.Key = "the run" },
		`its key was "the id" and is "the run"`, `its key was "the id" and is "the run"`},
}

func TestCompare_RulesOfCompatibility(t *testing.T) {
	t.Parallel()
	for _, row := range compatibilities {
		for direction, want := range map[contract.Direction]string{contract.Out: row.out, contract.In: row.in} {
			t.Run(row.name+" "+string(direction), func(t *testing.T) {
				t.Parallel()
				current := one(direction)
				row.change(current["sample.type.v1"])
				got := []string{}
				for _, change := range schemas.Compare(one(direction), current) {
					got = append(got, change.String())
				}
				if want == "" {
					assert.Empty(t, got)
					return
				}
				separator := " "
				if slices.Contains([]string{"one topic less", "another key"}, row.name) {
					separator = ": "
				}
				assert.Equal(t, []string{"sample.type.v1" + separator + want}, got)
			})
		}
	}
}

func TestCompare_TypesComeAndNeverGo(t *testing.T) {
	t.Parallel()
	none := map[string]*schemas.Schema{}
	assert.Empty(t, schemas.Compare(none, one(contract.Out)))
	gone := schemas.Compare(one(contract.Out), none)
	require.Len(t, gone, 1)
	assert.Equal(t, "sample.type.v1: the type is gone", gone[0].String())
	turned := schemas.Compare(one(contract.Out), one(contract.In))
	require.NotEmpty(t, turned)
	assert.Equal(t, "sample.type.v1: its direction was out and is in", turned[0].String())
}

func TestCompare_CommandsStayClosed(t *testing.T) {
	t.Parallel()
	opened := one(contract.In)
	opened["sample.type.v1"].Additional = nil
	changes := schemas.Compare(one(contract.In), opened)
	require.Len(t, changes, 1)
	assert.Equal(t, "whether it takes unknown properties changed", changes[0].What)
}

func TestSchema_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for name, s := range schemas.Current() {
		raw, err := s.JSON()
		require.NoError(t, err)
		var read schemas.Schema
		require.NoError(t, json.Unmarshal(raw, &read))
		again, err := read.JSON()
		require.NoError(t, err)
		assert.Equal(t, string(raw), string(again), name)
	}
	assert.Empty(t, schemas.Compare(schemas.Current(), schemas.Current()))
}
