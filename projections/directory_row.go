package projections

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tenure/contract"
	"tenure/events"
)

// directoryRow has the columns of an employee's row.
type directoryRow struct {
	first, last, full, email string
	status, recording        string
	available                *bool
	phones, extension        []byte // JSON
	since                    *time.Time
	address                  string
	organization             events.IDs
	access                   []byte // JSON; nil: all calls are allowed
	ips                      string // addresses that calls are allowed from, separated by commas; empty: all
	entry, extensions        []byte // JSON
	document                 []byte // JSON
}

// row derives the columns.
func (e *directoryEmployee) row() (r directoryRow, err error) {
	var properties map[string]json.RawMessage
	if len(e.Properties) > 0 {
		if err := json.Unmarshal(e.Properties, &properties); err != nil {
			return r, fmt.Errorf("projections: properties of %s: %w", e.ID, err)
		}
	}
	r.first, r.last, r.full = SplitName(property[string](properties, "name"))
	r.address = property[string](properties, "address")
	r.organization = property[events.IDs](properties, "organizationResellers")
	r.email = property[string](properties, "emailAddress")
	r.ips = property[string](properties, "ipRestriction")
	r.status, r.available = callGearStatus(e.Presence)
	r.recording = callGearRecording(property[struct{ Mode string }](properties, "recording").Mode)
	if !e.Since.IsZero() {
		r.since = &e.Since
	}
	if filter := properties["apiAccessFilter"]; len(filter) > len("[]") {
		r.access = filter
	}
	if err := r.encode(e, properties); err != nil {
		return r, fmt.Errorf("projections: row of %s: %w", e.ID, err)
	}
	r.document, err = e.document()
	return r, err
}

// encode writes the columns that are JSON.
func (r *directoryRow) encode(e *directoryEmployee, properties map[string]json.RawMessage) (err error) {
	if err = r.encodeHoldings(e); err == nil {
		r.entry, err = e.entry(properties)
	}
	return err
}

// document is what the next event is folded into, and all that is shown.
func (e *directoryEmployee) document() ([]byte, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("projections: document of %s: %w", e.ID, err)
	}
	return raw, nil
}

// property reads one property; the zero value where it is absent or of another type.
func property[T any](properties map[string]json.RawMessage, name string) T {
	var v, none T
	raw, ok := properties[name]
	if text, plain := any(&v).(*string); plain && isPlain(raw) {
		*text = string(raw[1 : len(raw)-1])
		return v
	}
	if !ok || json.Unmarshal(raw, &v) != nil {
		return none
	}
	return v
}

// isPlain reports whether a JSON value is a text that stands in its quotes as it is.
func isPlain(raw json.RawMessage) bool {
	if len(raw) < len(`""`) || raw[0] != '"' {
		return false
	}
	for _, c := range raw[1 : len(raw)-1] {
		if c < ' ' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// SplitName gives a name as CallGear has it: the last word is the last name, the rest the first name, and the full name
// begins with the last name.
func SplitName(name string) (first, last, full string) {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "", "", ""
	}
	first, last = strings.Join(words[:len(words)-1], " "), words[len(words)-1]
	return first, last, strings.TrimSpace(last + " " + first)
}

// callGearStates are the states of presence in CallGear's words.
var callGearStates = map[string]string{
	"AVAILABLE": "available", "BUSY": "do_not_disturb", "OUT_OF_OFFICE": "not_at_workplace", "OFF_WORK": "not_at_work",
	"HOLIDAY": "not_at_work",
}

// callGearStatus is the status, and whether calls are taken; nil: nothing is known.
func callGearStatus(p *events.Presence) (string, *bool) {
	if p == nil || callGearStates[p.State] == "" {
		return "unknown", nil
	}
	available := p.State == "AVAILABLE"
	return callGearStates[p.State], &available
}

// callGearRecording is when calls are recorded, in CallGear's words; empty: nothing was set.
func callGearRecording(mode string) string {
	switch mode {
	case "ALWAYS":
		return "all"
	case "NEVER", "DEMAND":
		return "off"
	}
	return ""
}

// callGearPhone is an item of CallGear's phone_numbers; what is not known is null.
type callGearPhone struct {
	Number   string `json:"phone_number"`
	Channels *int   `json:"channels_count"`
	DialTime *int   `json:"dial_time"`
	Status   string `json:"status"`
}

func (e *Employee) phoneNumbers() []callGearPhone {
	list := []callGearPhone{}
	for _, account := range e.Accounts {
		if account.Number == "" {
			continue
		}
		status := "inactive"
		if account.State == "ACTIVE" {
			status = "active"
		}
		list = append(list, callGearPhone{Number: account.Number, Status: status})
	}
	return list
}

// callGearExtension is CallGear's extension; what is not known is null.
type callGearExtension struct {
	Number    string `json:"extension_phone_number"`
	VoiceMail *bool  `json:"extension_voice_mail_enabled"`
	Queue     *bool  `json:"extension_queue_enabled"`
}

// directoryFields are the fields of an entry behind its id, by name.
var directoryFields = []string{"birthdate", "department", "emailAddress", "name", "picture", "presence", "title", "type",
	"viewOtherPartyOverride"}

// entry is the record in the PBX directory. Address, extensions and calendar are put in when it is read. Properties are
// passed on as they are: they were encoded when they were set, and through a map of values they were a tenth of what a
// row costs.
func (e *Employee) entry(properties map[string]json.RawMessage) ([]byte, error) {
	id, err := json.Marshal(e.ID)
	if err != nil {
		return nil, err
	}
	b := append(append(make([]byte, 0, entryBytes), `{"_id":`...), id...)
	for _, name := range directoryFields {
		raw, ok := properties[name], true
		switch name {
		case "type":
			raw = json.RawMessage(`"EMPLOYEE"`)
		case "presence":
			p := PublishedPresence(e.Presence)
			if ok = p != nil; ok {
				raw, err = json.Marshal(p)
			}
		case "birthdate":
			if ok = raw != nil; ok {
				raw = contract.PublishedDate(raw)
			}
		default:
			ok = raw != nil
		}
		if err != nil {
			return nil, err
		}
		if ok {
			b = append(append(append(append(b, `,"`...), name...), `":`...), raw...)
		}
	}
	return append(b, '}'), nil
}

// entryBytes is room for most entries.
const entryBytes = 256

// PublishedPresence is a presence under the published names; nil where there is none. What has no value is left out.
func PublishedPresence(p *events.Presence) map[string]any {
	if p == nil || p.State == "" {
		return nil
	}
	out := map[string]any{"state": p.State}
	texts := map[string]string{
		"location": p.Personal.Location, "message": p.Personal.Message,
		"originalState": p.OriginalState, "originalMessage": p.Personal.OriginalMessage,
	}
	for name, text := range texts {
		if text != "" {
			out[name] = text
		}
	}
	if p.Expire != nil {
		out["expire"] = p.Expire.UTC().Format(contract.InstantForm)
	}
	if len(p.Overrides) > 0 {
		out["overrides"] = p.Overrides
	}
	return out
}

// published are the extensions; the first one is the primary.
func (e *Employee) published() []DirectoryExtension {
	list := make([]DirectoryExtension, len(e.Extensions))
	for i, x := range e.Extensions {
		list[i] = publishedExtension(x)
		list[i].Primary = i == 0
	}
	return list
}

// publishedExtension is an extension on which nobody calls.
func publishedExtension(x events.Extension) DirectoryExtension {
	return DirectoryExtension{ID: x.ID, Number: x.Number, Direct: x.Direct, Mobile: x.Mobile.List(),
		Redirect: x.Redirect, State: "IDLE"}
}

// storable takes out what PostgreSQL's texts cannot hold: the character 0, which JSON can.
func storable(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// storableJSON does the same in JSON that goes into jsonb.
func storableJSON(raw []byte) string {
	if !strings.Contains(string(raw), `\u0000`) {
		return string(raw)
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return string(raw)
	}
	clean, err := json.Marshal(withoutZero(v))
	if err != nil {
		return string(raw)
	}
	return string(clean)
}

func withoutZero(v any) any {
	switch v := v.(type) {
	case string:
		return storable(v)
	case []any:
		for i := range v {
			v[i] = withoutZero(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutZero(v[name])
		}
	}
	return v
}
