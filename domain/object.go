package domain

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// Objects and texts of commands that are written as nearly all are, taken apart without reflection. Anything else is
// left to encoding/json, whose result counts. With it a create cost the worker 10 µs, a fifth of all.

// propertiesOf takes apart an object of which it is known that it is valid JSON. What it returns is not data's memory.
func propertiesOf(data []byte) (map[string]json.RawMessage, error) {
	if all := plainProperties(data); all != nil {
		return all, nil
	}
	var all map[string]json.RawMessage
	err := json.Unmarshal(data, &all)
	return all, err
}

// propertiesHint is how many properties most creates have at most.
const propertiesHint = 8

// plainProperties is nil where a name is empty, spelt with escapes, or not in ASCII. Of a name that is there twice the
// last one counts, as in encoding/json.
func plainProperties(data []byte) map[string]json.RawMessage {
	data = bytes.Clone(data)
	i := SkipSpace(data, 0)
	if i == len(data) || data[i] != '{' {
		return nil
	}
	all := make(map[string]json.RawMessage, propertiesHint)
	for i++; ; i++ { // behind the bracket, then behind each comma
		name, from, to := NextProperty(data, SkipSpace(data, i))
		if len(name) == 0 || !standsAsItIs(name) {
			return nil
		}
		all[string(name)] = data[from:to:to]
		if i = SkipSpace(data, to); i >= len(data) || data[i] != ',' {
			return all
		}
	}
}

// NextProperty reads the name that begins at i in an object of valid JSON, and from where to where its value is; no
// name: there is none. Of a name with escapes it gives a part that has one.
func NextProperty(b []byte, i int) (name []byte, from, to int) {
	key := bytes.IndexByte(b[min(i+1, len(b)):], '"')
	if i >= len(b) || b[i] != '"' || key < 0 {
		return nil, 0, 0
	}
	from = SkipSpace(b, SkipSpace(b, i+key+2)+1) // over the colon
	return b[i+1 : i+1+key], from, skipJSON(b, from)
}

// SkipSpace gives the place of what follows the white space at i.
func SkipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skipJSON gives the end of the value that begins at i.
func skipJSON(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			i, _ = textEnd(b, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of the object around a number or a word
				return i
			}
			depth--
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// plainText is a JSON text that stands in its quotes as it is.
func plainText(raw []byte) (text string, ok bool) {
	if len(raw) < len(`""`) || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	inside := raw[1 : len(raw)-1]
	return string(inside), standsAsItIs(inside)
}

// standsAsItIs reports whether what is in the quotes of a text is the text.
func standsAsItIs(inside []byte) bool {
	for _, c := range inside {
		if c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// textFieldsOf finds the fields of a struct that take a text as it is, by their names in JSON.
func textFieldsOf(t reflect.Type) map[string]int {
	if known, ok := textFields.Load(t); ok {
		return known.(map[string]int)
	}
	found := map[string]int{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Type == reflect.TypeFor[string]() && field.IsExported() && name != "" && options == "" {
			found[name] = i
		}
	}
	textFields.Store(t, found)
	return found
}

var textFields sync.Map // reflect.Type to map[string]int

// takeTexts sets the fields of properties that are plain texts, and returns the names of the others.
func takeTexts[T any](all map[string]json.RawMessage, names []string, into *T) (others []string) {
	fields := textFieldsOf(reflect.TypeFor[T]())
	v := reflect.ValueOf(into).Elem()
	for _, name := range names {
		field, known := fields[name]
		text, plain := plainText(all[name])
		if !known || !plain {
			others = append(others, name)
			continue
		}
		v.Field(field).SetString(text)
	}
	return others
}
