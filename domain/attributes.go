package domain

import (
	"encoding/json"
	"maps"
	"slices"
)

// attributes are the properties of a create or update command that have no separate field, as they came, and what
// could not be read of the others.
type attributes struct {
	present   bool // there was an object at all
	given     map[string]json.RawMessage
	malformed []*Rejection
	readOnly  []string        // named although only replies have them
	chosen    *chosenPresence // what a presence of a reply says of the state under its overrides
}

// secretsInClear are published names under which a secret would travel in clear.
var secretsInClear = set("password", "pinCode")

// alwaysReadOnly are properties of replies: a client that sends a reply back means to change something else of it.
var alwaysReadOnly = set("_id", "persistentTokens", "mayImpersonate", "mvnoAccounts")

// readAttributes takes a command's data apart, which is valid JSON. Where the properties with their own field do not
// decode together, each is decoded alone, so that every error is reported; the command is refused with all of them when
// it is decided.
func readAttributes[T any](data []byte, into *T, readOnly map[string]bool) (attributes, error) {
	all, err := propertiesOf(data)
	if err != nil {
		return attributes{}, err
	}
	a := attributes{present: true, given: make(map[string]json.RawMessage, len(all))}
	var own []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		raw := all[name]
		_, isAttribute := propertyNamed[name]
		switch {
		case secretsInClear[name]:
			a.malformed = append(a.malformed, invalid(name, messageFree))
		case isAttribute:
			a.given[name] = raw
		case readOnly[name] || alwaysReadOnly[name]:
			a.readOnly = append(a.readOnly, name)
		case emptyID(name, raw):
			a.malformed = append(a.malformed, invalid(name, messageIDOrNull))
		default:
			if name == "presence" {
				all[name] = a.readPresence(raw)
			}
			own = append(own, name)
		}
	}
	if own = takeTexts(all, own, into); decodeProperties(all, own, into) != nil {
		for _, name := range own {
			a.refuse(decodeProperties(all, []string{name}, into))
		}
	}
	return a, nil
}

// references are the properties with their own field that name something by its id.
var references = set("customer", "billingCustomer", "product", "newProduct")

// emptyID reports whether an id is given as an empty text, which is neither an id nor null.
func emptyID(name string, raw json.RawMessage) bool { return references[name] && string(raw) == `""` }

func (a *attributes) refuse(err error) {
	if r, ok := AsRejection(err); ok {
		a.malformed = append(a.malformed, r)
	}
}

// decodeProperties reads some of the properties into their fields, all of them or none: half a list would be refused
// for its other half.
func decodeProperties[T any](all map[string]json.RawMessage, names []string, into *T) error {
	if len(names) == 0 {
		return nil
	}
	object := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(object, quoted(name)...)
		object = append(append(object, ':'), all[name]...)
	}
	object = append(object, '}')
	tried := *into
	if err := decodeStrict(object, &tried); err != nil {
		return asRejectionOf[T](err, object)
	}
	*into = tried
	return nil
}

// presenceOfReplies are the parts of a presence that only replies have.
var presenceOfReplies = []string{"overrides", "originalState", "originalMessage"}

// chosenPresence is the state under the overrides as a reply shows it.
type chosenPresence struct {
	State   string `json:"originalState"`
	Message string `json:"originalMessage"`
}

// chosenIn returns what was chosen under the overrides of a presence that a reply showed; nil: it shows none, and what
// is seen is what was chosen.
func chosenIn(parts map[string]json.RawMessage) *chosenPresence {
	c := chosenPresence{State: textOf(parts["originalState"]), Message: textOf(parts["originalMessage"])}
	var lasting []json.RawMessage
	if json.Unmarshal(parts["overrides"], &lasting) != nil || len(lasting) == 0 || c.State == "" {
		return nil
	}
	return &c
}

// readPresence leaves out what only replies have, and an expiry that is no date, which is refused in its own words and
// must not hide what is wrong with the state.
func (a *attributes) readPresence(raw json.RawMessage) json.RawMessage {
	var parts map[string]json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || parts == nil {
		return raw
	}
	a.chosen = chosenIn(parts)
	for _, name := range presenceOfReplies {
		if _, ok := parts[name]; ok {
			a.readOnly = append(a.readOnly, "presence."+name)
			delete(parts, name)
		}
	}
	if expire, ok := parts["expire"]; ok && new(presenceUntil).UnmarshalJSON(expire) != nil {
		a.malformed = append(a.malformed, errPresenceExpire)
		delete(parts, "expire")
	}
	left, err := json.Marshal(parts)
	if err != nil || len(parts) == 0 {
		return json.RawMessage("null")
	}
	return left
}

func checkState(state string) *Rejection {
	switch state {
	case "", StateEnabled, StateDisabled:
		return nil
	case StateDeleted:
		return reject(statusUnprocessable, "state", "Cannot set state to deleted, use delete method instead")
	}
	return invalid("state", quoteOf(state)+" is not a state")
}

// nonNil leaves out what is nil.
func nonNil(found ...*Rejection) []*Rejection {
	return slices.DeleteFunc(found, func(r *Rejection) bool { return r == nil })
}

// isGiven reports whether a property stands in an object, also as null.
func isGiven(raw []byte, name string) bool {
	var given map[string]json.RawMessage
	if json.Unmarshal(raw, &given) != nil {
		return false
	}
	_, ok := given[name]
	return ok
}
