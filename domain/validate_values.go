package domain

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The checks that properties are put together from. Each refuses a value by its path and continues, so that all that is
// wrong is reported at once.

// flag takes true and false.
func flag(s *validation, path string, raw json.RawMessage) json.RawMessage {
	if kind := jsonKind(raw); kind != "boolean" {
		s.refuse(invalid(path, "must be a boolean, not "+article(kind)))
	}
	return raw
}

// text takes a text of at most so many characters.
func text(longest int) check {
	return func(s *validation, path string, raw json.RawMessage) json.RawMessage {
		if kind := jsonKind(raw); kind != "string" {
			s.refuse(invalid(path, "must be a string, not "+article(kind)))
			return raw
		}
		kept := composed(textOf(raw))
		if refused := checkText(path, kept, longest, longest >= notesMax); refused != nil {
			s.refuse(refused)
		}
		return quoted(kept)
	}
}

// oneOf takes one of the published values.
func oneOf(values ...string) check {
	return func(s *validation, path string, raw json.RawMessage) json.RawMessage {
		if !slices.Contains(values, textOf(raw)) {
			s.refuse(invalid(path, "must be one of "+strings.Join(values, ", ")))
		}
		return raw
	}
}

// wholeNumber takes a number without a fraction, from 0 to largest.
func wholeNumber(largest int64) check {
	return func(s *validation, path string, raw json.RawMessage) json.RawMessage {
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || n < 0 || n > largest {
			s.refuse(invalid(path, fmt.Sprintf("must be a whole number from 0 to %d", largest)))
		}
		return raw
	}
}

// shape is an object's parts; each may be null.
type shape map[string]check

// object takes an object of known parts.
func object(parts shape) check {
	return func(s *validation, path string, raw json.RawMessage) json.RawMessage {
		var given map[string]json.RawMessage
		if json.Unmarshal(raw, &given) != nil || given == nil {
			s.refuse(invalid(path, "must be an object, not "+article(jsonKind(raw))))
			return raw
		}
		for _, part := range slices.Sorted(maps.Keys(given)) {
			check, known := parts[part]
			switch below := path + "." + part; {
			case !known:
				s.refuse(invalid(below, "is not a property of this command"))
			case !isNull(given[part]):
				given[part] = check(s, below, given[part])
			}
		}
		out, err := json.Marshal(given)
		if err != nil {
			return raw
		}
		return out
	}
}

// listOf takes a list of at most so many items; their paths are that of the list.
func listOf(longest int, item check) check {
	return func(s *validation, path string, raw json.RawMessage) json.RawMessage {
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			s.refuse(invalid(path, "must be a list, not "+article(jsonKind(raw))))
			return raw
		}
		if len(items) > longest {
			s.refuse(invalid(path, fmt.Sprintf("has at most %d items", longest)))
			return raw
		}
		for i := range items {
			items[i] = item(s, path, items[i])
		}
		out, err := json.Marshal(items)
		if err != nil {
			return raw
		}
		return out
	}
}

// checkID takes an id of 24 hexadecimal characters, in the one spelling.
func checkID(s *validation, path string, raw json.RawMessage) json.RawMessage {
	id := CanonicalID(textOf(raw))
	if len(id) != idLength || strings.Trim(id, "0123456789abcdef") != "" {
		s.refuse(invalid(path, "must be an id of 24 hexadecimal characters"))
		return raw
	}
	return quoted(id)
}

// quoted is a text as JSON.
func quoted(text string) json.RawMessage {
	if !strings.ContainsFunc(text, needsCare) {
		return append(append(append(make([]byte, 0, len(text)+len(`""`)), '"'), text...), '"')
	}
	raw, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return raw
}

// needsCare reports whether encoding/json may write a character in another way than it is.
func needsCare(c rune) bool { return c < ' ' || c > '~' || strings.ContainsRune(`"\<>&`, c) }

// jsonKind names the type of a JSON value as encoding/json does.
func jsonKind(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "null"
	}
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
