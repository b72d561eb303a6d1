package domain

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// encoding/json takes "PRODUCT" for product. Other readers of the same message do not, so a command would mean one
// thing to us and another to them: a property counts only in its own spelling.

// inexactName finds a property that is one of t's in another case; empty: none. The data has been decoded into t
// before.
func inexactName(data []byte, t reflect.Type) string {
	known := namesOf(t)
	if known.free || known.exact(data) {
		return ""
	}
	return firstInexactName(data, t)
}

// exactNames is what the properties of a type, and of all types in it, are called.
type exactNames struct {
	free  bool // the type reads its data by itself
	names map[string]bool
	twice bool // two of the names differ in case only: which one is meant depends on the place
}

var exactNamesOf sync.Map // reflect.Type to *exactNames

func namesOf(t reflect.Type) *exactNames {
	if known, ok := exactNamesOf.Load(t); ok {
		return known.(*exactNames)
	}
	s := &exactNames{free: decodesItself(t), names: map[string]bool{}}
	collectNames(t, s.names, map[reflect.Type]bool{})
	folded := map[string]bool{}
	for name := range s.names {
		s.twice = s.twice || folded[strings.ToLower(name)]
		folded[strings.ToLower(name)] = true
	}
	exactNamesOf.Store(t, s)
	return s
}

// decodesItself reports whether encoding/json leaves a type's data to the type.
func decodesItself(t reflect.Type) bool {
	at := reflect.PointerTo(t)
	return at.Implements(reflect.TypeFor[json.Unmarshaler]())
}

// fieldsOf lists the fields of a struct by the names they have in JSON, those of structs embedded in it included.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported() && !field.Anonymous:
		case field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct:
			for below, kind := range fieldsOf(field.Type) {
				all[below] = kind
			}
		case name == "":
			all[field.Name] = field.Type
		default:
			all[name] = field.Type
		}
	}
	return all
}

// within gives the type of what stands in a pointer, a list or a map.
func within(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	return t
}

func collectNames(t reflect.Type, names map[string]bool, seen map[reflect.Type]bool) {
	if t = within(t); t.Kind() != reflect.Struct || seen[t] || decodesItself(t) && len(seen) > 0 {
		return
	}
	seen[t] = true
	for name, below := range fieldsOf(t) {
		names[name] = true
		collectNames(below, names, seen)
	}
}

// exact tells, without taking the data apart, that each key in it is a name in its own spelling. A key that is none, as
// in an object that takes any, has to be looked at in its place.
func (s *exactNames) exact(data []byte) bool {
	if s.twice {
		return false
	}
	for i := 0; i < len(data); i++ {
		if data[i] != '"' {
			continue
		}
		end, plain := textEnd(data, i)
		after := end + 1
		for after < len(data) && strings.IndexByte(" \n\t\r", data[after]) >= 0 {
			after++
		}
		if isKey := after < len(data) && data[after] == ':'; isKey && (!plain || !s.names[string(data[i+1:end])]) {
			return false
		}
		i = end
	}
	return true
}

// textEnd gives the place of the quote that ends the text which begins at i, and whether it is written without escapes.
func textEnd(data []byte, i int) (end int, plain bool) {
	plain = true
	for end = i + 1; end < len(data) && data[end] != '"'; end++ {
		if data[end] == '\\' {
			plain = false
			end++
		}
	}
	return min(end, len(data)-1), plain
}

// firstInexactName goes through data and type together.
func firstInexactName(data []byte, t reflect.Type) string {
	if decodesItself(t) {
		return ""
	}
	switch t.Kind() {
	case reflect.Pointer:
		return firstInexactName(data, t.Elem())
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(data, &items) == nil {
			for _, item := range items {
				if name := firstInexactName(item, t.Elem()); name != "" {
					return name
				}
			}
		}
	case reflect.Map:
		return firstInexactIn(objectOf(data), func(string) (reflect.Type, bool) { return t.Elem(), true })
	case reflect.Struct:
		known := fieldsOf(t)
		return firstInexactIn(objectOf(data), func(name string) (reflect.Type, bool) {
			below, ok := known[name]
			return below, ok
		})
	}
	return ""
}

// firstInexactIn goes through the properties of an object by name; below gives the type of each that is known.
func firstInexactIn(given map[string]json.RawMessage, below func(name string) (reflect.Type, bool)) string {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		t, ok := below(name)
		if !ok {
			return name
		}
		if wrong := firstInexactName(given[name], t); wrong != "" {
			return wrong
		}
	}
	return ""
}

func objectOf(data []byte) (properties map[string]json.RawMessage) {
	if json.Unmarshal(data, &properties) != nil {
		return nil
	}
	return properties
}
