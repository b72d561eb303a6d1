package schemas

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// generator makes the schema of one message. Named structs inside it become definitions, so that a reader meets each
// once.
type generator struct {
	in   bool // others write it: objects are closed, amounts may be numbers, null is taken everywhere
	defs map[string]*Schema
	of   map[reflect.Type]string // names of definitions
}

func newGenerator(in bool) *generator {
	return &generator{in: in, defs: map[string]*Schema{}, of: map[reflect.Type]string{}}
}

// value is the schema of a Go type's JSON. It panics for a type that writes itself and has no entry in named.go: a
// guess would be a wrong contract, and a test meets every type.
func (g *generator) value(t reflect.Type) *Schema {
	if t.Kind() == reflect.Pointer {
		return g.value(t.Elem())
	}
	if s := g.named(t); s != nil {
		return s
	}
	if form, ok := wireForms[t]; ok {
		return g.reference(t, form)
	}
	if writesItself(t) {
		panic(fmt.Sprintf("schemas: %s writes its own JSON: say in named.go how", t))
	}
	switch t.Kind() {
	case reflect.Struct:
		return g.reference(t, t)
	case reflect.Slice, reflect.Array:
		return listOf(g.value(t.Elem()))
	case reflect.Map:
		return &Schema{Type: Types{"object"}}
	}
	return g.scalar(t)
}

func (g *generator) scalar(t reflect.Type) *Schema {
	s := &Schema{Type: Types{scalarType(t.Kind())}}
	if words := valuesOfType[t]; words != nil {
		s.Enum = words
	}
	return s
}

func scalarType(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "integer"
	}
	panic("schemas: no JSON is known for " + k.String())
}

// writesItself reports whether encoding/json asks the type how to write or read it. Structs around one inherit its
// methods; those of commands read parts of themselves and are described as structs.
func writesItself(t reflect.Type) bool {
	if commandTypes[t] {
		return false
	}
	for _, m := range []reflect.Type{
		reflect.TypeFor[json.Marshaler](), reflect.TypeFor[json.Unmarshaler](),
		reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[encoding.TextUnmarshaler](),
	} {
		if t.Implements(m) || reflect.PointerTo(t).Implements(m) {
			return true
		}
	}
	return false
}

// reference describes a struct once and points to it.
func (g *generator) reference(t, form reflect.Type) *Schema {
	name, known := g.of[t]
	if !known {
		if name = t.Name(); g.defs[name] != nil {
			name = strings.ReplaceAll(t.String(), ".", "_")
		}
		g.of[t], g.defs[name] = name, &Schema{}
		*g.defs[name] = *g.object(form)
	}
	return &Schema{Ref: "#/$defs/" + name}
}

// object describes the fields of a struct, those of embedded ones among them.
func (g *generator) object(t reflect.Type) *Schema {
	s := &Schema{Type: Types{"object"}, Properties: map[string]*Schema{}}
	if g.in {
		s.closed()
	}
	g.fields(t, s)
	slices.Sort(s.Required)
	return s
}

func (g *generator) fields(t reflect.Type, into *Schema) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			g.fields(f.Type, into)
		case !f.IsExported() || name == "-" || name == "":
		default:
			g.field(t, f, name, options, into)
		}
	}
}

func (g *generator) field(t reflect.Type, f reflect.StructField, name, options string, into *Schema) {
	optional := strings.Contains(options, "omit")
	s := g.value(f.Type)
	if optional && !g.in && f.Type == dateType {
		s = formatted("date")
	}
	if words := valuesOfField[t.Name()+"."+f.Name]; words != nil {
		s.Enum = words
	}
	if form := formsOfField[t.Name()+"."+f.Name]; form != "" {
		s.Pattern = form
	}
	if g.in || !optional && mayBeNull(f.Type) {
		s = s.orNull()
	}
	if !g.in && !optional {
		into.Required = append(into.Required, name)
	}
	into.Properties[name] = s
}

// mayBeNull reports whether the JSON of a type may be null.
func mayBeNull(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t != rawType
}

// finish makes the description of a value its own document.
func (g *generator) finish(name string, s *Schema) *Schema {
	s.Dialect, s.ID, s.Title = dialect, Address(name), name
	if len(g.defs) > 0 {
		s.Defs = g.defs
	}
	return s
}
