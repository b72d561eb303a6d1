package domain

import (
	"encoding/json"
	"slices"
	"strings"

	"tenure/events"
)

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
		if raw, ok := s.given[p.name]; ok && s.takes(p) && s.matters(p, raw) {
			if raw = s.validated(p, raw); raw != nil && (s.creating() || !s.isUnchanged(p.name, raw)) {
				s.put(p, raw)
			}
		}
	}
	s.validateName()
	s.validateLogin()
}

// matters reports whether a given property says anything: null clears nothing at a creation, and what is sent back as
// it was is not checked again.
func (s *validation) matters(p *property, raw json.RawMessage) bool {
	if s.creating() {
		return !isNull(raw)
	}
	return p.merged != nil || p.name == featuresName || !s.isUnchanged(p.name, raw)
}

// validated is a property as it is kept, nil where it is refused.
func (s *validation) validated(p *property, raw json.RawMessage) json.RawMessage {
	if isNull(raw) {
		if p.name == featuresName {
			return checkFeatures(s, p.name, json.RawMessage("[]")) // some may be kept
		}
		return raw
	}
	if raw = p.check(s, p.name, raw); raw != nil && p.merged != nil {
		raw = s.merge(p, raw)
	}
	return raw
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
