package api

import (
	"bytes"
	"encoding/json"
	"time"

	"tenure/domain"
)

// properties are what a caller sends of an employee, by their published names. Commands take them as they are: what
// only replies have, and what the caller may not change, is ignored where the command is decided.
type properties map[string]json.RawMessage

// The properties of a deletion.
const (
	propertyDeleteDate         = "deleteDate"
	propertyDeleteExtensions   = "deleteExtensions"
	propertyDeleteMvnoAccounts = "deleteMvnoAccounts"
)

var deletionProperties = []string{propertyDeleteDate, propertyDeleteExtensions, propertyDeleteMvnoAccounts}

// commandBytesMax bounds a command: Kafka takes a message of 1 MiB, and the envelope around it is small.
const commandBytesMax = bodyBytesMax - 64<<10

// decodeProperties reads an employee from a body.
func decodeProperties(raw []byte) (properties, *domain.Rejection) {
	var p properties
	if json.Unmarshal(raw, &p) != nil || p == nil {
		return nil, errBody
	}
	p.product()
	if len(encoded(p)) > commandBytesMax { // written for the command it may be longer than it was
		return nil, errTooLarge
	}
	return p, nil
}

func (p properties) text(name string) string {
	var s string
	if json.Unmarshal(p[name], &s) != nil {
		return ""
	}
	return s
}

// product takes the id out of a product that was sent back whole.
func (p properties) product() {
	var whole struct {
		ID string `json:"_id"`
	}
	if raw := bytes.TrimSpace(p["product"]); len(raw) > 0 && raw[0] == '{' && json.Unmarshal(raw, &whole) == nil {
		p["product"] = quoted(whole.ID)
	}
}

// date writes a day that was given as an instant as that day in a zone: the command of a deletion takes days only.
func (p properties) date(name string, zone *time.Location) {
	if t, err := time.Parse(time.RFC3339, p.text(name)); err == nil {
		p[name] = quoted(t.In(zone).Format(time.DateOnly))
	}
}

func quoted(s string) json.RawMessage { return encoded(s) }

// encoded is JSON of what always has one.
func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}
