package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// effect is what is looked up after a case.
type effect struct {
	Look     string // employee, reply, list, search, token, outcome
	ID       string // of the employee that is read
	Of       string // of the row of a list
	Property string // dotted, through lists
	Is       any
	IsNot    any
	Present  bool
	Absent   bool
	Contains string
	Lacks    string
	Alive    *bool
}

// check reports what of an effect does not hold for a document.
func (e effect) check(doc any) error {
	found := valuesAt(doc, strings.Split(e.Property, "."))
	has := func(want any) bool {
		return slices.ContainsFunc(found, func(v any) bool { return equal(v, want) })
	}
	switch {
	case e.Is != nil && !has(e.Is):
		return fmt.Errorf("%s is %v, want %v", e.Property, found, e.Is)
	case e.IsNot != nil && has(e.IsNot):
		return fmt.Errorf("%s is %v", e.Property, e.IsNot)
	case e.Present && len(found) == 0:
		return fmt.Errorf("%s is absent", e.Property)
	case e.Absent && len(found) > 0:
		return fmt.Errorf("%s is present: %v", e.Property, found)
	}
	return nil
}

// valuesAt collects what stands at a path: through every list on the way, and a list at its end both whole and item by
// item.
func valuesAt(doc any, path []string) (found []any) {
	switch v := doc.(type) {
	case nil:
		return nil
	case []any:
		if len(path) == 0 && len(v) > 0 {
			found = append(found, any(v))
		}
		for _, item := range v {
			found = append(found, valuesAt(item, path)...)
		}
		return found
	case map[string]any:
		if len(path) > 0 {
			return valuesAt(v[path[0]], path[1:])
		}
	case string:
		if v == "" {
			return nil
		}
	}
	if len(path) > 0 {
		return nil
	}
	return []any{doc}
}

// equal compares JSON values; numbers by their value.
func equal(a, b any) bool {
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if isX && isY {
		m, err1 := decimal.NewFromString(x.String())
		n, err2 := decimal.NewFromString(y.String())
		return err1 == nil && err2 == nil && m.Equal(n)
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

// rows are the items of a reply that is a list or has one.
func rows(reply any) []any {
	switch v := reply.(type) {
	case []any:
		return v
	case map[string]any:
		for _, name := range []string{"employees", "records", "data", "products", "tokens"} {
			if list, ok := v[name].([]any); ok {
				return list
			}
		}
		if result, ok := v["result"]; ok {
			return rows(result)
		}
	}
	return nil
}

// row finds the item of a list that has a value.
func row(list []any, name, value string) (any, bool) {
	for _, item := range list {
		if doc, ok := item.(map[string]any); ok && doc[name] == value {
			return item, true
		}
	}
	return nil, false
}

// problems are the errors of a reply: the one, or those inside multiple.
func problems(reply any) (list []problem) {
	doc, _ := reply.(map[string]any)
	given, _ := doc["error"].(map[string]any)
	if given == nil {
		return nil
	}
	list = append(list, problemOf(given))
	inner, _ := given["inner"].([]any)
	for _, item := range inner {
		if one, ok := item.(map[string]any); ok {
			list = append(list, problemOf(one))
		}
	}
	return list
}

type problem struct {
	status     string
	code, path string
}

func problemOf(doc map[string]any) problem {
	p := problem{status: fmt.Sprint(doc["status"])}
	p.code, _ = doc["code"].(string)
	p.path, _ = doc["path"].(string)
	if detail, ok := doc["data"].(map[string]any); ok { // CallGear
		p.code, _ = detail["mnemonic"].(string)
	}
	return p
}

// meets reports what of status, code and path is not as expected. Inside multiple each member has its own status.
func (e expectation) meets(status int, reply any) error {
	found := problems(reply)
	named := func(p problem) bool { return (e.Code == "" || p.code == e.Code) && (e.Path == "" || p.path == e.Path) }
	at := slices.IndexFunc(found, named)
	if (e.Code != "" || e.Path != "") && at < 0 {
		return fmt.Errorf("status %d, code and path are not %q %q: %v", status, e.Code, e.Path, found)
	}
	want := e.statuses()
	if slices.Contains(want, status) {
		return nil
	}
	for _, p := range found {
		if named(p) && slices.ContainsFunc(want, func(s int) bool { return p.status == fmt.Sprint(s) }) {
			return nil
		}
	}
	return fmt.Errorf("status is %d, want %v: %v", status, want, found)
}
