package timeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenure/events"
)

// Difference is a property that is not the same at two moments.
type Difference struct {
	Property string          `json:"property"`       // e.g. state, addonProducts[a1].units
	From     json.RawMessage `json:"from,omitempty"` // absent: it was not there
	To       json.RawMessage `json:"to,omitempty"`   // absent: it is not there any more
	Personal bool            `json:"personal,omitempty"`
}

// masked replaces a personal value.
var masked = json.RawMessage(`"***"`)

// Mask hides the values of personal properties; that they differ is not hidden.
func Mask(all []Difference) {
	for i := range all {
		d := &all[i]
		if !d.Personal {
			continue
		}
		if d.From != nil {
			d.From = masked
		}
		if d.To != nil {
			d.To = masked
		}
	}
}

// PersonalOf are the names of properties that the facts of a history keep apart as personal.
func PersonalOf(history []events.Recorded) map[string]bool {
	names := map[string]bool{}
	for _, r := range history {
		var kept events.Attributes
		switch e := r.Event.(type) {
		case events.EmployeeCreated:
			kept = e.Personal
		case events.EmployeeUpdated:
			kept = e.Personal
		}
		for name := range kept {
			names[name] = true
		}
	}
	return names
}

// propertiesOf is where an employee's document keeps what no rule reads; its properties are the employee's like all
// others.
const propertiesOf = "properties."

// Differences compares two documents of an employee, as JSON, property by property; nil is no employee. Items of a list
// are matched by their _id, so that one that is added does not make the others differ. personal names properties that
// say something about the employee, besides a part named personal.
func Differences(from, to []byte, personal map[string]bool) ([]Difference, error) {
	was, is := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, side := range []struct {
		document []byte
		into     map[string]json.RawMessage
	}{{from, was}, {to, is}} {
		if len(side.document) == 0 {
			continue
		}
		if err := flatten("", side.document, side.into); err != nil {
			return nil, err
		}
	}
	names := map[string]bool{}
	for name := range was {
		names[name] = true
	}
	for name := range is {
		names[name] = true
	}
	var all []Difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if bytes.Equal(was[name], is[name]) {
			continue
		}
		shown := strings.TrimPrefix(name, propertiesOf)
		top, _, _ := strings.Cut(shown, ".")
		all = append(all, Difference{
			Property: shown,
			From:     was[name],
			To:       is[name],
			Personal: slices.Contains(strings.Split(name, "."), "personal") ||
				strings.HasPrefix(name, propertiesOf) && personal[top],
		})
	}
	return all, nil
}

// flatten takes objects, and lists of things with an id, apart; everything else is a value.
func flatten(path string, raw json.RawMessage, into map[string]json.RawMessage) error {
	var object map[string]json.RawMessage
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &object); err != nil {
			return fmt.Errorf("timeline: %s: %w", path, err)
		}
		prefix := path
		if path != "" {
			prefix += "."
		}
		for name, value := range object {
			if err := flatten(prefix+name, value, into); err != nil {
				return err
			}
		}
		return nil
	}
	if items, ok := named(raw); ok {
		for id, item := range items {
			if err := flatten(path+"["+id+"]", item, into); err != nil {
				return err
			}
		}
		return nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return fmt.Errorf("timeline: %s: %w", path, err)
	}
	into[path] = compact.Bytes()
	return nil
}

// named gives the items of a list by their ids; false when they have none.
func named(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var items []json.RawMessage
	if !bytes.HasPrefix(raw, []byte("[")) || json.Unmarshal(raw, &items) != nil || len(items) == 0 {
		return nil, false
	}
	all := make(map[string]json.RawMessage, len(items))
	for _, item := range items {
		var thing struct {
			ID string `json:"_id"`
		}
		if json.Unmarshal(item, &thing) != nil || thing.ID == "" {
			return nil, false
		}
		all[thing.ID] = item
	}
	return all, len(all) == len(items)
}
