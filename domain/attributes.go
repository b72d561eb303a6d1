package domain

import (
	"encoding/json"
	"slices"

	"tenure/events"
)

// plainAttributes and personalAttributes are the published properties that no rule reads; they go into the events as they
// came, the latter into the part that can be sealed for each person.
var (
	plainAttributes = set("address", "language", "primaryContact", "noEmail", "smsValidation", "authenticatorValidation",
		"ipRestriction", "organizationResellers", "notifyOnGeneralUsageLimit", "notifyOnGeneralUsageLimitReseller",
		"notifyOnAccountErrorByEmail", "notifyOnAccountErrorBySms", "notifyOnNewMvnoAccountReseller",
		"notifyOnNewSipAccountReseller", "notifyOnNewPortingReseller", "subscriptions", "voicemail", "recording",
		"viewOtherPartyOverride", "features", "apiAccessFilter", "m2mOnly", "webauthnOnly", "shortcuts", "ms365")
	personalAttributes = set("name", "title", "department", "emailAddress", "smsNumber", "notes", "birthdate", "picture",
		"custom")
	// secrets never travel in clear: they are hashed or sealed before a command is made.
	secrets = set("password", "pinCode")
)

// attributes are the properties of a create or update command that no rule reads.
type attributes struct {
	plain    events.Attributes
	personal events.Attributes
}

// splitAttributes takes them out of a command's data and gives what is left.
func splitAttributes(data []byte) (attributes, []byte, error) {
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(data, &properties); err != nil {
		return attributes{}, nil, err
	}
	a := attributes{plain: events.Attributes{}, personal: events.Attributes{}}
	for name, raw := range properties {
		switch {
		case secrets[name]:
			return a, nil, invalid(name, "must not be in a command: it is hashed or sealed before")
		case plainAttributes[name]:
			a.plain[name] = raw
		case personalAttributes[name]:
			a.personal[name] = raw
		default:
			continue
		}
		delete(properties, name)
	}
	rest, err := json.Marshal(properties)
	return a, rest, err
}

// text gives a personal property as text; empty where it is absent, null or no text.
func (a attributes) text(name string) string {
	var s string
	if raw, ok := a.personal[name]; ok && json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// accessLevels are the published levels, lowest first.
var accessLevels = []string{"NO_LOGIN", "PERSONAL", "VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"}

func checkAccessLevel(level string) *Rejection {
	if level != "" && !slices.Contains(accessLevels, level) {
		return invalid("accessLevel", level+" is not an access level")
	}
	return nil
}

func checkState(state string) *Rejection {
	switch state {
	case "", StateEnabled, StateDisabled:
		return nil
	case StateDeleted:
		return reject(422, "state", "Cannot set state to deleted, use delete method instead")
	}
	return invalid("state", state+" is not a state")
}

// some leaves out what is nil.
func some(found ...*Rejection) []*Rejection {
	return slices.DeleteFunc(found, func(r *Rejection) bool { return r == nil })
}
