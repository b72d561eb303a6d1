package domain

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"

	"tenure/billing"
	"tenure/events"
)

// Clients read an employee, change a property and send the whole back. What such a document has unchanged is no order:
// it makes no event, is not checked against a catalog that has changed since, and is no act on an employee of a higher
// level. The state keeps a fingerprint of each property for that, and the restrictions of a login whole, since a rule
// compares them.

// fingerprintBytesMax is the longest value that is its own fingerprint.
const fingerprintBytesMax = 40

// restrictions are the properties that narrow what a login may do. Nobody loosens its own.
var restrictions = set("ipRestriction", "apiAccessFilter", "m2mOnly", "webauthnOnly")

// fingerprint is a value by which two of a property are compared: the value itself where it is short, else a hash of
// it. Spaces and the order of members make no difference.
func fingerprint(name string, raw json.RawMessage) string {
	canonical := canonicalJSON(raw)
	secret := name == hashedName || name == sealedName
	if len(canonical) <= fingerprintBytesMax && !secret || restrictions[name] {
		return string(canonical)
	}
	sum := sha256.Sum256(canonical)
	return "#" + base64.RawStdEncoding.EncodeToString(sum[:12])
}

// canonicalJSON writes a value in one way. Numbers stay as they are written.
func canonicalJSON(raw json.RawMessage) []byte {
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' && !bytes.ContainsRune(raw, '\\') {
		return bytes.TrimSpace(raw)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return raw
	}
	canonical, err := json.Marshal(value)
	if err != nil {
		return raw
	}
	return canonical
}

// withFingerprints takes the properties of an event in; the old map stays as it is.
func withFingerprints(old map[string]string, given events.Attributes) map[string]string {
	if len(given) == 0 {
		return old
	}
	next := maps.Clone(old)
	if next == nil {
		next = make(map[string]string, len(given))
	}
	for name, raw := range given {
		if isNull(raw) {
			delete(next, name)
		} else {
			next[name] = fingerprint(name, raw)
		}
	}
	return next
}

// known is the fingerprint of a property as it is; empty: it has none.
func (p *Profile) known(name string) string {
	if f, ok := p.Known[name]; ok {
		return f
	}
	return p.Personal.Known[name]
}

// isUnchanged reports whether a value is what the property has already.
func (s *validation) isUnchanged(name string, raw json.RawMessage) bool {
	known := s.before.Profile.known(name)
	switch {
	case isNull(raw):
		return known == ""
	case known == "":
		return false
	case name == "birthdate":
		return s.sameDay(raw, known)
	}
	return fingerprint(name, raw) == known
}

// sameDay compares two days, each of which may be written as an instant.
func (s *validation) sameDay(raw json.RawMessage, known string) bool {
	read := func(text []byte) billing.Date {
		var day Day
		if json.Unmarshal(text, &day) != nil {
			return 0
		}
		return day.in(s.World)
	}
	on := read(raw)
	return on != 0 && on == read([]byte(known))
}
