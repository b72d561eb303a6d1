package domain

import (
	"bytes"
	"encoding/json"
	"maps"

	"tenure/events"
)

// Profile is what rules read of the properties that are otherwise only shown.
type Profile struct {
	NoEmail  bool     `json:"ne,omitempty"` // its login name is no e-mail address
	Features []string `json:"f,omitempty"`
	// Objects are the properties with their own parts: a change names some parts, and the others stay.
	Objects  map[string]json.RawMessage `json:"o,omitempty"`
	Addons   map[string]AddonText       `json:"a,omitempty"` // by id; none without text
	Known    map[string]string          `json:"k,omitempty"` // fingerprints of properties
	Personal PersonalProfile            `json:"personal,omitzero"`
}

// PersonalProfile is the part that says something about the person.
type PersonalProfile struct {
	// the e-mail address or user name that it logs in with, as names are compared
	Login   string                     `json:"login,omitempty"`
	Objects map[string]json.RawMessage `json:"o,omitempty"`
	Known   map[string]string          `json:"k,omitempty"`
}

// AddonText is how an addon is called.
type AddonText struct {
	Name        string `json:"n,omitempty"`
	Description string `json:"d,omitempty"`
}

// evolve folds what an event says of its properties. It assigns: values were checked when they were decided.
func (p *Profile) evolve(event events.Event) {
	switch event := event.(type) {
	case events.EmployeeCreated:
		p.set(event.Attributes, event.Personal)
		p.Known = withFingerprints(p.Known, event.Secrets)
	case events.EmployeeUpdated:
		p.set(event.Attributes, event.Personal)
		p.Known = withFingerprints(p.Known, event.Secrets)
	case events.AddonAdded:
		p.call(event.Addon.ID, AddonText{event.Addon.Name, event.Addon.Description})
	case events.AddonUpdated:
		text := p.Addons[event.ID]
		if event.Name != nil {
			text.Name = *event.Name
		}
		if event.Description != nil {
			text.Description = *event.Description
		}
		p.call(event.ID, text)
	case events.EmployeeDeleted:
		p.Personal.Login, p.Personal.Known = "", nil // the name is free for another employee
	}
}

func (p *Profile) set(plain, personal events.Attributes) {
	if raw, ok := plain["noEmail"]; ok {
		p.NoEmail = string(raw) == "true"
	}
	if raw, ok := plain["features"]; ok {
		p.Features = textsOf(raw)
	}
	if raw, ok := personal["emailAddress"]; ok {
		p.Personal.Login = loginKey(textOf(raw))
	}
	p.Known, p.Personal.Known = withFingerprints(p.Known, plain), withFingerprints(p.Personal.Known, personal)
	p.Objects = withObjects(p.Objects, plain)
	p.Personal.Objects = withObjects(p.Personal.Objects, personal)
}

// withObjects takes the properties with their own parts; the old map stays as it is.
func withObjects(old map[string]json.RawMessage, given events.Attributes) map[string]json.RawMessage {
	next := old
	for name := range mergedProperties {
		raw, ok := given[name]
		if !ok {
			continue
		}
		next = maps.Clone(next)
		if next == nil {
			next = map[string]json.RawMessage{}
		}
		if isNull(raw) {
			delete(next, name)
		} else {
			next[name] = raw
		}
	}
	return next
}

// call notes how an addon is called; the old map stays as it is.
func (p *Profile) call(id string, text AddonText) {
	if p.Addons[id] == text {
		return
	}
	p.Addons = maps.Clone(p.Addons)
	if p.Addons == nil {
		p.Addons = map[string]AddonText{}
	}
	if text == (AddonText{}) {
		delete(p.Addons, id)
	} else {
		p.Addons[id] = text
	}
}

// object is a property with its own parts as it stands.
func (p *Profile) object(name string) json.RawMessage {
	if raw, ok := p.Objects[name]; ok {
		return raw
	}
	return p.Personal.Objects[name]
}

// textOf is a JSON text; empty for anything else.
func textOf(raw json.RawMessage) string {
	if text, ok := plainText(raw); ok {
		return text
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// textsOf is a JSON list of texts; none for anything else.
func textsOf(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// isNull reports whether a property is cleared.
func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
