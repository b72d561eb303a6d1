package api

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"tenure/domain"
)

// properties are what a caller sends of an employee, by their published names.
type properties map[string]json.RawMessage

// replyProperties stand in replies only. Whoever sends back what she got may leave them in.
var replyProperties = []string{"_id", "mayImpersonate", "persistentTokens", "mvnoAccounts"}

// decodeProperties reads an employee from a body and writes it as commands take it: ids in lower case, dates as dates,
// without what stands in replies only.
func decodeProperties(raw []byte) (properties, *domain.Rejection) {
	var p properties
	if json.Unmarshal(raw, &p) != nil || p == nil {
		return nil, errBody
	}
	for _, name := range replyProperties {
		delete(p, name)
	}
	p.product()
	p.presence()
	p.lowerIDs()
	p.addonDates()
	p.dates(propertyDeleteDate)
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

// presence drops what only overrides set.
func (p properties) presence() {
	var given map[string]json.RawMessage
	if json.Unmarshal(p["presence"], &given) != nil || given == nil {
		return
	}
	for _, name := range []string{"overrides", "originalState", "originalMessage", "gps"} {
		delete(given, name)
	}
	p["presence"] = encoded(given)
}

// idProperties hold ids, alone or in lists; below them stand those of the objects that have ids.
var (
	idProperties = []string{
		"customer", "address", "picture", "billingCustomer", "product", "newProduct", "subscriptions", "organizationResellers",
	}
	idObjects = map[string][]string{
		"voicemail":     {"defaultGreeting", "offWorkGreeting", "holidayGreeting"},
		"addonProducts": {"_id", "product"},
	}
)

func (p properties) lowerIDs() {
	for _, name := range idProperties {
		if raw, ok := p[name]; ok {
			p[name] = lowerIDs(raw)
		}
	}
	for name, below := range idObjects {
		if raw, ok := p[name]; ok {
			p[name] = eachObject(raw, func(object map[string]json.RawMessage) {
				for _, field := range below {
					if id, ok := object[field]; ok {
						object[field] = lowerIDs(id)
					}
				}
			})
		}
	}
}

// anyCaseID is an id in either case, as JSON.
var anyCaseID = regexp.MustCompile(`"[0-9A-Fa-f]{24}"`)

// lowerIDs writes ids in lower case; anything else stays as it is.
func lowerIDs(raw json.RawMessage) json.RawMessage {
	return anyCaseID.ReplaceAllFunc(raw, bytes.ToLower)
}

// eachObject changes an object, or each of a list; JSON of another shape stays as it is.
func eachObject(raw json.RawMessage, change func(map[string]json.RawMessage)) json.RawMessage {
	var one map[string]json.RawMessage
	if json.Unmarshal(raw, &one) == nil && one != nil {
		change(one)
		return encoded(one)
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil || list == nil {
		return raw
	}
	for _, item := range list {
		if item != nil {
			change(item)
		}
	}
	return encoded(list)
}

// addonDates are dates without a time of day; both forms are taken.
func (p properties) addonDates() {
	raw, ok := p[propertyAddons]
	if !ok {
		return
	}
	p[propertyAddons] = eachObject(raw, func(object map[string]json.RawMessage) {
		properties(object).dates("start", "terminate", "terminates", "invoicedUntil")
	})
}

// dates writes instants as their dates in UTC. What is neither is left to the command to refuse.
func (p properties) dates(names ...string) {
	for _, name := range names {
		if text := p.text(name); strings.Contains(text, "T") {
			if t, err := time.Parse(time.RFC3339, text); err == nil {
				p[name] = quoted(t.UTC().Format(time.DateOnly))
			}
		}
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
