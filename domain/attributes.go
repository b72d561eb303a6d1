package domain

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tenure/events"
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

// readAttributes takes a command's data apart. Where the properties with their own field do not decode together,
// each is decoded alone, so that every error is reported; the command is refused with all of them when it is decided.
func readAttributes[T any](data []byte, into *T, readOnly map[string]bool) (attributes, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
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
	if decodeProperties(all, own, into) != nil {
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

// validation is the check of a command's properties: of whom, against what, and what came of it.
type validation struct {
	World
	before   *Employee // as it is; before its creation one without anything
	customer string
	known    bool // the customer is in the catalog
	rules    events.CustomerPut
	level    string // as it will be
	given    map[string]json.RawMessage

	plain, personal, secret events.Attributes
	found                   []*Rejection
	ignored                 []string
}

func (a attributes) validation(e *Employee, customer, level string, w World) *validation {
	s := &validation{
		World:    w,
		before:   e,
		customer: customer,
		level:    level,
		given:    a.given,
		ignored:  slices.Clone(a.readOnly),
	}
	s.rules, s.known = w.Catalog.Customer(customer)
	return s
}

func (s *validation) refuse(r *Rejection) { s.found = append(s.found, r) }

func (s *validation) ignore(name string) { s.ignored = append(s.ignored, name) }

// creating reports whether it does not exist yet.
func (s *validation) creating() bool { return s.before.Number == 0 }

// hasPBX reports whether properties that need the PBX feature are taken of the employee. An unknown customer is refused
// as such.
func (s *validation) hasPBX() bool { return !s.known || slices.Contains(s.rules.Features, FeaturePBX) }

// sensitivity is the part of an event that a property stands in.
type sensitivity int

const (
	plainData sensitivity = iota
	personalData
	secretData
)

// check looks at the value of a property, which is not null, refuses it where it is wrong, and gives it as it is kept;
// nil: nothing changes.
type check func(s *validation, path string, raw json.RawMessage) json.RawMessage

// property is one of the published properties that go into the events as they came.
type property struct {
	name        string
	sensitivity sensitivity
	check       check
	pbx         bool // requires the PBX feature of the customer
	partly      bool // its check ignores parts of it, or it in some cases
	// it has its own parts: a change keeps those that it does not name
	merged func(*validation, string, json.RawMessage)
}

// propertyNamed finds a property of the table.
var propertyNamed = byName(properties)

func byName(all []property) map[string]property {
	m := make(map[string]property, len(all))
	for _, p := range all {
		m[p.name] = p
	}
	return m
}

// takes reports whether the actor may set a property of the employee here, and notes it as ignored otherwise.
func (s *validation) takes(p *property) bool {
	if s.settable(p.name) && (!p.pbx || s.hasPBX()) {
		return true
	}
	s.ignore(p.name)
	return false
}

// listIgnored gives what validate ignores, without checking anything else.
func (s *validation) listIgnored() []string {
	for i := range properties {
		p := &properties[i]
		raw, ok := s.given[p.name]
		if !ok || !s.takes(p) || !p.partly {
			continue
		}
		if isNull(raw) && p.name == featuresName && !s.creating() {
			raw = json.RawMessage("[]")
		}
		if !isNull(raw) {
			p.check(s, p.name, raw)
		}
	}
	return s.ignored
}

// validate checks all that is given, in the published order, and sorts it into the parts of an event.
func (s *validation) validate() {
	for i := range properties {
		p := &properties[i]
		raw, ok := s.given[p.name]
		switch {
		case !ok, !s.takes(p):
			continue
		case isNull(raw) && s.creating():
			continue // nothing to clear
		case !s.creating() && p.merged == nil && p.name != featuresName && s.isUnchanged(p.name, raw):
			continue
		case isNull(raw) && p.name == featuresName:
			raw = checkFeatures(s, p.name, json.RawMessage("[]")) // some may be kept
		case !isNull(raw):
			if raw = p.check(s, p.name, raw); raw != nil && p.merged != nil {
				raw = s.merge(p, raw)
			}
		}
		if raw != nil && (s.creating() || !s.isUnchanged(p.name, raw)) {
			s.put(p, raw)
		}
	}
	s.validateName()
	s.validateLogin()
}

// put notes what a property becomes in its part of the event.
func (s *validation) put(p *property, raw json.RawMessage) {
	into := [...]*events.Attributes{plainData: &s.plain, personalData: &s.personal, secretData: &s.secret}[p.sensitivity]
	if *into == nil {
		*into = events.Attributes{}
	}
	(*into)[p.name] = raw
}

// validateName: everybody has one.
func (s *validation) validateName() {
	raw, given := s.given["name"]
	if (given || s.creating()) && s.settable("name") && strings.TrimSpace(textOf(raw)) == "" {
		s.refuse(reject(statusUnprocessable, "name", "Name is required"))
	}
}

// merge puts the parts that are given over those that it has; nil: nothing changes.
func (s *validation) merge(p *property, raw json.RawMessage) json.RawMessage {
	old := s.before.Profile.object(p.name)
	whole := mergeObject(old, raw)
	p.merged(s, p.name, whole)
	if string(whole) == string(old) || len(old) == 0 && string(whole) == "{}" {
		return nil
	}
	return whole
}

// mergeObject puts the parts of a change over an object: null takes one away, objects inside are merged.
func mergeObject(old, change json.RawMessage) json.RawMessage {
	var parts, changes map[string]json.RawMessage
	if json.Unmarshal(change, &changes) != nil || changes == nil {
		return change // refused already, or a value
	}
	if json.Unmarshal(old, &parts) != nil || parts == nil {
		parts = map[string]json.RawMessage{}
	}
	for name, raw := range changes {
		if isNull(raw) {
			delete(parts, name)
		} else {
			parts[name] = mergeObject(parts[name], raw)
		}
	}
	merged, err := json.Marshal(parts)
	if err != nil {
		return change
	}
	return merged
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
