package domain

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
)

// asRejection turns what encoding/json says of data into the published form, and finds the property that it is about.
func asRejection(err error, data []byte, into reflect.Type) *Rejection {
	if r, ok := AsRejection(err); ok {
		return r
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		name = strings.Trim(name, `"`)
		return invalid(name, messageNoProperty)
	}
	if !json.Valid(data) {
		return reject(statusBadRequest, "data", "The command's data is not valid JSON: "+wordsOf(err))
	}
	path, cause := locate(data, into)
	if cause == nil {
		cause = err
	}
	if path == "" {
		path = "data"
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(cause, &wrong) {
		return invalid(path, "must be "+article(wantedJSON(wrong.Type))+", not "+article(wrong.Value))
	}
	return invalid(path, shortened(wordsOf(cause), causeBytesMax))
}

// causeBytesMax bounds what is said of a property that does not decode: the rule, and a quote.
const causeBytesMax = 2 * quoteBytesMax

// locate finds the first property that does not decode, by decoding each alone: encoding/json does not tell where an
// error of an UnmarshalJSON came from. It runs on refused commands only, and goes as deep as the types do.
func locate(data []byte, into reflect.Type) (path string, cause error) {
	switch into.Kind() {
	case reflect.Pointer:
		return locate(data, into.Elem())
	case reflect.Slice:
		return locateItem(data, into)
	case reflect.Struct:
		at := reflect.PointerTo(into)
		if !at.Implements(reflect.TypeFor[json.Unmarshaler]()) &&
			!at.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			return locateField(data, into)
		}
	}
	return "", json.Unmarshal(data, reflect.New(into).Interface())
}

func locateField(data []byte, into reflect.Type) (string, error) {
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(data, &properties); err != nil {
		return "", err
	}
	for i := range into.NumField() {
		if into.Field(i).Anonymous && into.Field(i).IsExported() {
			if path, err := locate(data, into.Field(i).Type); err != nil {
				return path, err
			}
		}
		name, _, _ := strings.Cut(into.Field(i).Tag.Get("json"), ",")
		raw, given := properties[name]
		if !given {
			continue
		}
		if below, err := locate(raw, into.Field(i).Type); err != nil {
			return strings.TrimSuffix(name+"."+below, "."), err
		}
	}
	return "", nil
}

func locateItem(data []byte, into reflect.Type) (string, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return "", err
	}
	for _, item := range items {
		if path, err := locate(item, into.Elem()); err != nil {
			return path, err
		}
	}
	return "", nil
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// wantedJSON names the JSON type that decodes into a Go type; a date is a number inside, and a string outside.
func wantedJSON(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.String:
		return "string"
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Struct, reflect.Map:
		return "object"
	}
	return "number"
}

// asRejectionOf is asRejection for a type that decodes part of its data by itself.
func asRejectionOf[T any](err error, data []byte) error {
	return asRejection(err, data, reflect.TypeFor[T]())
}
