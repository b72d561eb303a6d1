package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tenure/projections"
)

// Bounds of get.employees as published, and what a search may cost.
const (
	rpcLimitDefault = 1_000
	rpcLimitMax     = 10_000
	rpcOffsetMax    = 100_000
	// searchTime bounds one statement: a search by an index takes milliseconds.
	searchTime = 3 * time.Second
	// sortMax is how many keys a sorting can have: as many as there are sortable fields.
	sortMax = 5
)

// callParams are the parameters of get.employees.
type callParams struct {
	token  string
	user   *int64
	fields []string // nil: all
	search projections.Search
}

// rpcParams are the names of all parameters.
var rpcParams = []string{"access_token", "user_id", "limit", "offset", "filter", "fields", "sort"}

func readParams(raw json.RawMessage) (p callParams, wrong *rpcError) {
	var given map[string]json.RawMessage
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &given) != nil {
		return p, badParam("required_parameter_missed", "access_token", nil, "Parameters are missing")
	}
	for name := range given {
		if !slices.Contains(rpcParams, name) {
			return p, unexpected(name)
		}
	}
	if p.token, wrong = readToken(given["access_token"]); wrong != nil {
		return p, wrong
	}
	if p.user, wrong = readUser(given); wrong != nil {
		return p, wrong
	}
	return p, p.readSearch(given)
}

// readUser reads the user that a call names; nil: none.
func readUser(given map[string]json.RawMessage) (*int64, *rpcError) {
	user, ok := given["user_id"]
	if !ok {
		return nil, nil
	}
	n, ok := wholeNumber(user)
	if !ok {
		return nil, badParam("data_type_error", "user_id", value(user), "The parameter must be a whole number")
	}
	return &n, nil
}

// readSearch reads what is searched for, and how much of it is shown.
func (p *callParams) readSearch(given map[string]json.RawMessage) (wrong *rpcError) {
	if p.search.Limit, wrong = readBound(given, "limit", rpcLimitDefault, 1, rpcLimitMax); wrong != nil {
		return wrong
	}
	if p.search.Offset, wrong = readBound(given, "offset", 0, 0, rpcOffsetMax); wrong != nil {
		return wrong
	}
	if p.fields, wrong = readFields(given["fields"]); wrong != nil {
		return wrong
	}
	if p.search.Sort, wrong = readSort(given["sort"]); wrong != nil {
		return wrong
	}
	p.search.Where, wrong = readFilter(given["filter"])
	return wrong
}

func unexpected(names ...string) *rpcError {
	wrong := badParam("unexpected_parameters", names[0], nil, "Unexpected parameters: "+strings.Join(names, ", "))
	wrong.Detail.Params = names
	return wrong
}

func readToken(raw json.RawMessage) (token string, wrong *rpcError) {
	switch {
	case raw == nil:
		return "", badParam("required_parameter_missed", "access_token", nil, "The parameter is required")
	case json.Unmarshal(raw, &token) != nil || isNull(raw):
		return "", badParam("data_type_error", "access_token", nil, "The parameter must be a string")
	}
	return token, nil
}

func readBound(given map[string]json.RawMessage, name string, absent, low, high int) (int, *rpcError) {
	raw, ok := given[name]
	if !ok {
		return absent, nil
	}
	n, ok := wholeNumber(raw)
	switch {
	case !ok:
		return 0, badParam("data_type_error", name, value(raw), "The parameter must be a whole number")
	case n < int64(low) || n > int64(high):
		return 0, badParam("invalid_parameter_value", name, n, "The parameter is out of its bounds")
	}
	return int(n), nil
}

func readFields(raw json.RawMessage) ([]string, *rpcError) {
	if raw == nil || isNull(raw) {
		return nil, nil
	}
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		return nil, badParam("data_type_error", "fields", value(raw), "The parameter must be an array of strings")
	}
	if len(names) == 0 {
		return nil, badParam("invalid_parameter_value", "fields", []string{}, "The parameter names no field")
	}
	for _, name := range names {
		if _, known := rpcFields[name]; !known {
			return nil, unexpected(name)
		}
	}
	return names, nil
}

func readSort(raw json.RawMessage) ([]projections.Order, *rpcError) {
	if raw == nil || isNull(raw) {
		return nil, nil
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, badParam("data_type_error", "sort", value(raw), "The parameter must be an array of objects")
	}
	if len(list) > sortMax {
		return nil, badParam("invalid_parameter_value", "sort", nil, "There are more keys than sortable fields")
	}
	var keys []projections.Order
	for _, item := range list {
		key, wrong := readSortKey(item)
		if wrong != nil {
			return nil, wrong
		}
		if key.Column != projections.ColumnNoText { // a field without values sorts nothing
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func readSortKey(item map[string]json.RawMessage) (key projections.Order, wrong *rpcError) {
	for name := range item {
		if name != "field" && name != "order" {
			return key, unexpected(name)
		}
	}
	name, wrong := requiredText(item, "field")
	if wrong != nil {
		return key, wrong
	}
	field, known := rpcFields[name]
	switch {
	case !known && !slices.Contains(rpcSubFields, name):
		return key, unexpected(name)
	case !field.sorts:
		return key, badParam("sort_prohibited", name, nil, "The field cannot be sorted by")
	}
	key.Column = field.column
	key.Descending, wrong = readDescending(item)
	return key, wrong
}

// readDescending reads the direction of a sort key; ascending where none is given.
func readDescending(item map[string]json.RawMessage) (bool, *rpcError) {
	raw, ok := item["order"]
	if !ok {
		return false, nil
	}
	var order string
	if json.Unmarshal(raw, &order) != nil || isNull(raw) {
		return false, badParam("data_type_error", "order", value(raw), "The parameter must be a string")
	}
	if order != "asc" && order != "desc" {
		return false, badParam("invalid_parameter_value", "order", order, "The order is asc or desc")
	}
	return order == "desc", nil
}

func requiredText(item map[string]json.RawMessage, name string) (text string, wrong *rpcError) {
	raw, ok := item[name]
	switch {
	case !ok:
		return "", badParam("required_parameter_missed", name, nil, "The parameter is required")
	case json.Unmarshal(raw, &text) != nil || isNull(raw):
		return "", badParam("data_type_error", name, value(raw), "The parameter must be a string")
	}
	return text, nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// valueShown bounds how much of a wrong value is sent back.
const valueShown = 200

// value is a parameter as it is sent back in an error.
func value(raw json.RawMessage) any {
	if len(raw) > valueShown {
		return nil
	}
	return raw
}

// wholeNumber reads a JSON number without decimals.
func wholeNumber(raw json.RawMessage) (int64, bool) {
	var n *int64
	err := json.Unmarshal(raw, &n)
	if err != nil || n == nil {
		return 0, false
	}
	return *n, true
}
