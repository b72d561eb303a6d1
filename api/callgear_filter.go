package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tenure/domain"
	"tenure/projections"
)

const (
	// filterDepthMax is how deep filters nest, as published.
	filterDepthMax = 3
	// filterPartsMax bounds the comparisons of a filter: each is a parameter of the statement, and more than a few hundred
	// are a list that "in" takes.
	filterPartsMax = 500
	// filterTextMax bounds a text or pattern, in bytes.
	filterTextMax = 1_000
	// filterListMax bounds the values of "in".
	filterListMax = 10_000
)

// filterReader turns a filter into a condition.
type filterReader struct{ parts int }

func readFilter(raw json.RawMessage) (projections.Condition, *rpcError) {
	var members map[string]json.RawMessage
	if raw == nil || json.Unmarshal(raw, &members) == nil && len(members) == 0 { // null, and an object without members
		return projections.Condition{}, nil
	}
	return (&filterReader{}).node(raw, 1)
}

func (f *filterReader) node(raw json.RawMessage, depth int) (c projections.Condition, wrong *rpcError) {
	var node map[string]json.RawMessage
	if json.Unmarshal(raw, &node) != nil || node == nil {
		return c, badParam("data_type_error", "filter", value(raw), "A filter must be an object")
	}
	if _, isTree := node["filters"]; isTree {
		return f.tree(node, depth)
	}
	if _, isTree := node["condition"]; isTree {
		return c, badParam("required_parameter_missed", "filters", nil, "A condition combines filters")
	}
	return f.leaf(node)
}

// combinesOnly refuses a node that combines filters and has anything else.
func combinesOnly(node map[string]json.RawMessage) *rpcError {
	for name := range node {
		switch name {
		case "filters", "condition":
		case "field", "operator", "value":
			return badParam("invalid_parameters_combination", name, nil,
				"A filter compares a field or combines filters, not both")
		default:
			return unexpected(name)
		}
	}
	return nil
}

func (f *filterReader) tree(node map[string]json.RawMessage, depth int) (c projections.Condition, wrong *rpcError) {
	if wrong = combinesOnly(node); wrong != nil {
		return c, wrong
	}
	if depth > filterDepthMax {
		return c, badParam(
			"invalid_parameter_value",
			"filter",
			nil,
			fmt.Sprintf("Filters nest up to %d levels", filterDepthMax),
		)
	}
	var list []json.RawMessage
	if json.Unmarshal(node["filters"], &list) != nil || list == nil {
		return c, badParam("data_type_error", "filters", value(node["filters"]), "The parameter must be an array")
	}
	if len(list) == 0 {
		return c, badParam("invalid_parameter_value", "filters", []any{}, "There is nothing to combine")
	}
	conditions := make([]projections.Condition, len(list))
	for i, item := range list {
		if conditions[i], wrong = f.node(item, depth+1); wrong != nil {
			return c, wrong
		}
	}
	word, wrong := requiredText(node, "condition")
	switch {
	case wrong != nil:
		return c, wrong
	case word == "and":
		return projections.Condition{All: conditions}, nil
	case word == "or":
		return projections.Condition{Any: conditions}, nil
	}
	return c, badParam("invalid_parameter_value", "condition", word, "The condition is and or or")
}

func (f *filterReader) leaf(node map[string]json.RawMessage) (c projections.Condition, wrong *rpcError) {
	for name := range node {
		if name != "field" && name != "operator" && name != "value" {
			return c, unexpected(name)
		}
	}
	if f.parts++; f.parts > filterPartsMax {
		return c, badParam(
			"invalid_parameter_value",
			"filter",
			nil,
			fmt.Sprintf("A filter has up to %d comparisons", filterPartsMax),
		)
	}
	name, wrong := requiredText(node, "field")
	if wrong != nil {
		return c, wrong
	}
	field, known := rpcFields[name]
	switch {
	case !known && !slices.Contains(rpcSubFields, name):
		return c, unexpected(name)
	case !field.filters:
		return c, badParam("filter_prohibited", name, nil, "The field cannot be filtered by")
	}
	operator, wrong := requiredText(node, "operator")
	if wrong != nil {
		return c, wrong
	}
	raw, ok := node["value"]
	if !ok {
		return c, badParam("required_parameter_missed", "value", nil, "The parameter is required")
	}
	return field.compare(name, operator, raw)
}

// operators are those of each kind of field.
var operators = map[kind][]string{
	kindNumber:  {"=", "!=", "<", ">", "<=", ">=", "in"},
	kindText:    {"=", "!=", "<", ">", "<=", ">=", "in", "like", "regexp"},
	kindEnum:    {"=", "!=", "in"},
	kindBoolean: {"=", "!="},
	kindList:    {"jsquery"},
	kindObject:  {"jsquery"},
}

var allOperators = []string{"=", "!=", "<", ">", "<=", ">=", "like", "regexp", "jsquery", "in"}

// compare checks operator and value against the type of the field.
func (d rpcField) compare(name, operator string, raw json.RawMessage) (c projections.Condition, wrong *rpcError) {
	switch {
	case !slices.Contains(allOperators, operator):
		return c, badParam("invalid_parameter_value", "operator", operator, "There is no such operator")
	case !slices.Contains(operators[d.kind], operator):
		return c, badParam(
			"invalid_parameters_combination",
			name,
			operator,
			"The field cannot be compared with this operator",
		)
	}
	c = projections.Condition{Column: d.column, Operator: projections.Operator(operator)}
	switch {
	case operator == "jsquery":
		return jsquery(d.column, name, raw)
	case operator == "in":
		c.Value, wrong = d.list(name, raw)
		return c, wrong
	case isNull(raw) && (operator == "=" || operator == "!="):
		return c, nil
	}
	c.Value, wrong = d.one(name, raw)
	if text, ok := c.Value.(string); ok && operator == "regexp" {
		return c, checkPattern(name, text)
	}
	return c, wrong
}

// checkPattern bounds what a regular expression compiles to: the database would spend seconds and memory on it, which
// no limit of time ends.
func checkPattern(name, expression string) *rpcError {
	switch _, err := domain.POSIXPatternSize(expression); {
	case errors.Is(err, domain.ErrPatternSize):
		return badParam("invalid_parameter_value", name, nil, "The regular expression is too large when it is compiled")
	case err != nil:
		return badParam("invalid_parameter_value", name, nil, "The regular expression is not valid")
	}
	return nil
}

// one reads a value of the field's type.
func (d rpcField) one(name string, raw json.RawMessage) (any, *rpcError) {
	switch d.kind {
	case kindNumber:
		if n, ok := wholeNumber(raw); ok {
			return n, nil
		}
	case kindBoolean:
		var b *bool
		if json.Unmarshal(raw, &b) == nil && b != nil {
			return *b, nil
		}
	default:
		return d.text(name, raw)
	}
	return nil, badParam("data_type_error", name, value(raw), "The value is not of the type of the field")
}

func (d rpcField) text(name string, raw json.RawMessage) (any, *rpcError) {
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return nil, badParam("data_type_error", name, value(raw), "The value must be a string")
	}
	switch {
	case len(*s) > filterTextMax, strings.ContainsRune(*s, 0):
		return nil, badParam(
			"invalid_parameter_value",
			name,
			nil,
			"The value is too long, or holds a character that no text has",
		)
	case d.kind == kindEnum && !slices.Contains(d.values, *s):
		return nil, badParam("invalid_parameter_value", name, *s, "The field does not have this value")
	}
	return *s, nil
}

// list reads the values of "in".
func (d rpcField) list(name string, raw json.RawMessage) (any, *rpcError) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		return nil, badParam("data_type_error", name, value(raw), "The value must be an array")
	}
	if len(items) > filterListMax {
		return nil, badParam(
			"invalid_parameter_value",
			name,
			nil,
			fmt.Sprintf("The array has more than %d values", filterListMax),
		)
	}
	numbers, texts := make([]int64, 0, len(items)), make([]string, 0, len(items))
	for _, item := range items {
		one, wrong := d.one(name, item)
		switch v := one.(type) {
		case int64:
			numbers = append(numbers, v)
		case string:
			texts = append(texts, v)
		default:
			return nil, wrong
		}
	}
	if d.kind == kindNumber {
		return numbers, nil
	}
	return texts, nil
}
