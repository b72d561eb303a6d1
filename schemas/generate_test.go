package schemas

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// tree holds itself.
type tree struct {
	Name     string `json:"name"`
	Branches []tree `json:"branches,omitempty"`
}

// base is embedded.
type base struct {
	Run string `json:"run"`
}

// everything has a field of each kind that payloads have.
type everything struct {
	base
	Text     string            `json:"text"`
	Maybe    string            `json:"maybe,omitempty"`
	Zero     billing.Amount    `json:"zero,omitzero"`
	Pointer  *int64            `json:"pointer"`
	List     []string          `json:"list"`
	Short    []bool            `json:"short,omitempty"`
	Words    map[string]string `json:"words"`
	Tree     tree              `json:"tree"`
	Other    *tree             `json:"other,omitempty"`
	On       billing.Date      `json:"on"`
	Until    billing.Date      `json:"until,omitempty"`
	At       time.Time         `json:"at"`
	Sum      events.Money      `json:"sum"`
	ID       uuid.UUID         `json:"id"`
	IDs      events.IDs        `json:"ids"`
	Months   billing.Ratio     `json:"months"`
	Ledger   billing.Ledger    `json:"ledger"`
	Anything json.RawMessage   `json:"anything"`
	Hidden   string            `json:"-"`
	Plain    string
	private  string
}

func described(t *testing.T, in bool) *Schema {
	t.Helper()
	g := newGenerator(in)
	return g.finish("sample.v1", g.object(reflect.TypeFor[everything]()))
}

func TestGenerate_AStructIsDescribedAsItsJSONIs(t *testing.T) {
	t.Parallel()
	s := described(t, false)
	_ = everything{}.private
	for property, want := range map[string]string{
		"run":      `{"type":"string"}`,
		"pointer":  `{"type":["integer","null"]}`,
		"list":     `{"type":["array","null"],"items":{"type":"string"}}`,
		"short":    `{"type":"array","items":{"type":"boolean"}}`,
		"words":    `{"type":"object"}`,
		"tree":     `{"$ref":"#/$defs/tree"}`,
		"other":    `{"$ref":"#/$defs/tree"}`,
		"on":       `{"type":"string","pattern":"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"}`,
		"until":    `{"type":"string","format":"date"}`,
		"at":       `{"type":"string","format":"date-time"}`,
		"sum":      `{"type":"string","pattern":"^-?[0-9]+(\\.[0-9]+)?$"}`,
		"id":       `{"type":"string","format":"uuid"}`,
		"ids":      `{"type":"array","items":{"type":"string"}}`,
		"ledger":   `{"type":"string","enum":["CUSTOMER","RESELLER","COST"]}`,
		"anything": `{}`,
	} {
		require.Contains(t, s.Properties, property)
		raw, err := json.Marshal(s.Properties[property])
		require.NoError(t, err)
		assert.JSONEq(t, want, string(raw), property)
	}
	assert.Equal(t, []string{"anything", "at", "id", "ids", "ledger", "list", "months", "on", "pointer", "run", "sum",
		"text", "tree", "words"}, s.Required)
	for _, name := range []string{"-", "Hidden", "Plain", "private", "base"} {
		assert.NotContains(t, s.Properties, name)
	}
	assert.Nil(t, s.Additional, "consumers ignore what they do not know")
	assert.Equal(t, "#/$defs/tree", s.Defs["tree"].Properties["branches"].Items.Ref, "a type that holds itself ends")
	assert.Equal(t, "urn:tenure:schema:sample.v1", s.ID)
}

func TestGenerate_WhatOthersWriteIsClosedAndTakesNull(t *testing.T) {
	t.Parallel()
	s := described(t, true)
	for property, want := range map[string]string{
		"text":   `{"type":["string","null"]}`,
		"tree":   `{"anyOf":[{"$ref":"#/$defs/tree"},{"type":"null"}]}`,
		"sum":    `{"anyOf":[{"type":"string","pattern":"^-?[0-9]+(\\.[0-9]+)?$"},{"type":"number"},{"type":"null"}]}`,
		"ledger": `{"type":["string","null"],"enum":["CUSTOMER","RESELLER","COST",null]}`,
	} {
		raw, err := json.Marshal(s.Properties[property])
		require.NoError(t, err)
		assert.JSONEq(t, want, string(raw), property)
	}
	assert.Empty(t, s.Required)
	require.NotNil(t, s.Additional)
	assert.False(t, *s.Additional)
	assert.False(t, *s.Defs["tree"].Additional, "inside as well")
	s.require([]string{"text"})
	assert.Equal(t, Types{"string"}, s.Properties["text"].Type, "what is required is not null")
}

// secretive writes itself, and nobody has said how.
type secretive struct{}

// MarshalJSON writes something.
func (secretive) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

func TestGenerate_AGuessIsNoContract(t *testing.T) {
	t.Parallel()
	assert.PanicsWithValue(t, "schemas: schemas.secretive writes its own JSON: say in named.go how", func() {
		newGenerator(false).object(reflect.TypeFor[struct {
			S secretive `json:"s"`
		}]())
	})
	assert.Panics(t, func() {
		newGenerator(false).object(reflect.TypeFor[struct {
			F func() `json:"f"`
		}]())
	})
	assert.PanicsWithValue(t, "schemas: no JSON is known for float64", func() {
		newGenerator(false).object(reflect.TypeFor[struct {
			F float64 `json:"f"`
		}]())
	}, "money would come as one")
}

func TestGenerate_KeepsTwoTypesOfOneNameApart(t *testing.T) {
	t.Parallel()
	type Actor struct {
		Stage string `json:"stage"`
	}
	g := newGenerator(false)
	first, second := g.value(reflect.TypeFor[events.Actor]()), g.value(reflect.TypeFor[Actor]())
	assert.NotEqual(t, first.Ref, second.Ref)
	assert.Equal(t, first.Ref, g.value(reflect.TypeFor[*events.Actor]()).Ref, "each is described once")
	assert.Len(t, g.defs, 2)
}

// TestGenerate_TablesNameWhatThereIs finds an entry that a renamed field has left behind.
func TestGenerate_TablesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var visit func(of reflect.Type)
	seen := map[reflect.Type]bool{}
	visit = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if seen[of] || of.Kind() != reflect.Struct {
			return
		}
		seen[of] = true
		for i := range of.NumField() {
			used[of.Name()+"."+of.Field(i).Name] = true
			visit(of.Field(i).Type)
		}
	}
	for _, m := range All() {
		visit(m.form)
	}
	for field := range valuesOfField {
		assert.True(t, used[field], "values.go: %s", field)
	}
	for field := range formsOfField {
		assert.True(t, used[field], "named.go: %s", field)
	}
	for _, table := range []map[string]bool{keysOf(requiredData), keysOf(adjusts)} {
		for name := range table {
			assert.Contains(t, domain.CommandTypes(), name)
		}
	}
	for name := range propertyKinds {
		assert.Contains(t, domain.PropertyNames(), name)
	}
}

func keysOf[V any](table map[string]V) map[string]bool {
	all := map[string]bool{}
	for name := range table {
		all[name] = true
	}
	return all
}
