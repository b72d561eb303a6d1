package api

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"tenure/projections"
)

// pathMax bounds the keys of a jsquery path: what is searched nests two deep.
const pathMax = 8

// jsquery reads the part of jsquery that is taken:
//
//	path = value   the path has the value: a string in double quotes, a number, true, false or null
//	path = *       the path is there
//
// A path is keys joined by dots, each a word or a string in double quotes; # and a leading $ or @ say "any item" and
// "the root", which is looked at anyway: lists on the way are looked through. Everything else is combined with filters.
func jsquery(column projections.Column, name string, raw json.RawMessage) (c projections.Condition, wrong *rpcError) {
	var text *string
	if json.Unmarshal(raw, &text) != nil || text == nil {
		return c, badParam("data_type_error", name, value(raw), "The value must be a string")
	}
	if len(*text) > filterTextMax || strings.ContainsRune(*text, 0) {
		return c, badParam(
			"invalid_parameter_value",
			name,
			nil,
			"The value is too long, or holds a character that no text has",
		)
	}
	path, rest, ok := readPath(*text)
	if rest, found := strings.CutPrefix(rest, "="); ok && found {
		rest = strings.TrimSpace(rest)
		if rest == "*" {
			return projections.Condition{Column: column, Operator: projections.JSONExists, Path: path}, nil
		}
		if scalar, ok := readScalar(rest); ok {
			return projections.Condition{Column: column, Operator: projections.JSONEqual, Path: path, Value: scalar}, nil
		}
	}
	return c, badParam("invalid_parameter_value", name, *text, `The query must be: path = value, or path = *`)
}

// readPath reads keys up to what is no part of a path.
func readPath(text string) (path []string, rest string, ok bool) {
	rest = strings.TrimSpace(text)
	for len(path) <= pathMax {
		var key string
		if key, rest, ok = readKey(rest); !ok {
			return nil, rest, false
		}
		if key != "#" && key != "$" && key != "@" && key != "#:" {
			path = append(path, strings.Trim(key, "\x00"))
		}
		rest = strings.TrimSpace(rest)
		var more bool
		if rest, more = strings.CutPrefix(rest, "."); !more {
			return path, rest, len(path) > 0
		}
		rest = strings.TrimSpace(rest)
	}
	return nil, rest, false
}

// readKey reads one key: a quoted string, or a word of letters, digits and underscores, or a sign for a list or the
// root.
func readKey(text string) (key, rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		d := json.NewDecoder(strings.NewReader(text))
		if d.Decode(&key) != nil {
			return "", text, false
		}
		return key, text[d.InputOffset():], true
	}
	if text != "" && strings.ContainsRune("#$@", rune(text[0])) {
		return text[:1], text[1:], true
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:], end > 0 && utf8.ValidString(text[:end])
}

// readScalar reads a JSON value that is no object and no list. Numbers keep their digits.
func readScalar(text string) (any, bool) {
	if !json.Valid([]byte(text)) || strings.ContainsAny(text[:1], "[{") || strings.Contains(text, `\u0000`) {
		return nil, false
	}
	return json.RawMessage(text), true
}
