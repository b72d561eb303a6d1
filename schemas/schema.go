package schemas

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"tenure/contract"
	"tenure/events"
)

// dialect is the JSON Schema that we write.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// Address is the address of a type's schema: its $id, and what ce_dataschema says.
func Address(name string) string { return events.SchemaAddress(name) }

// Schema is a JSON Schema, as far as we write them.
type Schema struct {
	Dialect     string             `json:"$schema,omitempty"`
	ID          string             `json:"$id,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Ref         string             `json:"$ref,omitempty"`
	Type        Types              `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	AnyOf       []*Schema          `json:"anyOf,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  *bool              `json:"additionalProperties,omitempty"`
	ReadOnly    bool               `json:"readOnly,omitempty"` // taken and ignored
	Defs        map[string]*Schema `json:"$defs,omitempty"`
	Route       *Route             `json:"x-tenure,omitempty"`
}

// Route says where messages of a type are.
type Route struct {
	Direction contract.Direction `json:"direction"`
	Topics    []string           `json:"topics"`
	Key       string             `json:"key"` // what the key of the Kafka message is, in words
}

// Types are the JSON types that a value may have; one is written as a text.
type Types []string

// MarshalJSON writes a text or a list.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// UnmarshalJSON reads a text or a list.
func (t *Types) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = Types{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

// JSON writes a schema as it stands in files: indented, the same bytes each time.
func (s *Schema) JSON() ([]byte, error) { return indented(s) }

func indented(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return out.Bytes(), err
}

// text is a schema of texts.
func text() *Schema { return &Schema{Type: Types{"string"}} }

// matching is a schema of texts of a form.
func matching(pattern string) *Schema { return &Schema{Type: Types{"string"}, Pattern: pattern} }

// formatted is a schema of texts that a format of JSON Schema describes.
func formatted(format string) *Schema { return &Schema{Type: Types{"string"}, Format: format} }

// listOf is a schema of lists.
func listOf(items *Schema) *Schema { return &Schema{Type: Types{"array"}, Items: items} }

// closed says that an object has no other properties.
func (s *Schema) closed() *Schema {
	no := false
	s.Additional = &no
	return s
}

// orNull lets null be a value too.
func (s *Schema) orNull() *Schema {
	switch {
	case s.Ref != "":
		return &Schema{AnyOf: []*Schema{s, {Type: Types{"null"}}}}
	case len(s.AnyOf) > 0:
		s.AnyOf = append(s.AnyOf, &Schema{Type: Types{"null"}})
	case len(s.Type) > 0 && !slices.Contains(s.Type, "null"):
		s.Type = append(slices.Clone(s.Type), "null")
	}
	if s.Enum != nil && !slices.Contains(s.Enum, nil) {
		s.Enum = append(slices.Clone(s.Enum), nil)
	}
	return s
}

// require says which properties an object cannot do without; null is none.
func (s *Schema) require(names []string) {
	s.Required = slices.Clone(names)
	for _, name := range names {
		p := s.Properties[name]
		p.Type = slices.DeleteFunc(slices.Clone(p.Type), func(t string) bool { return t == "null" })
	}
}

// Each calls f with a schema and everything inside it, from the outside in; names in their order.
func (s *Schema) Each(f func(*Schema)) {
	if s == nil {
		return
	}
	f(s)
	s.Items.Each(f)
	for _, one := range s.AnyOf {
		one.Each(f)
	}
	for _, inside := range []map[string]*Schema{s.Properties, s.Defs} {
		for _, name := range slices.Sorted(maps.Keys(inside)) {
			inside[name].Each(f)
		}
	}
}
