package domain

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"tenure/billing"
)

// The state of an employee is written by hand, byte for byte as encoding/json writes it, and read by hand where it is
// in that form: a night reads the state of everybody twice and writes it once, which was a quarter of all processor
// time of a night. What few employees have is left to encoding/json, and so is a state in any other form. Whoever adds
// a field adds it here: the tests compare with encoding/json, over all fields.

// AppendState appends the JSON of a subject's state, as encoding/json writes it.
func AppendState(b []byte, s Subject) ([]byte, error) {
	if e, ok := s.(*Employee); ok {
		return e.appendState(b)
	}
	raw, err := json.Marshal(s)
	return append(b, raw...), err
}

// ReadState reads what AppendState writes into a subject that is empty but for its id.
func ReadState(raw []byte, s Subject) error {
	if e, ok := s.(*Employee); ok {
		read := Employee{ID: e.ID}
		r := billing.ReadState(raw)
		if read.readState(&r); r.Done() {
			*e = read
			return nil
		}
	}
	return json.Unmarshal(raw, s)
}

// stateObject appends an object member by member. An error stays.
type stateObject struct {
	b   []byte
	err error
}

// key appends a key, which ends with its colon.
func (o *stateObject) key(key string) []byte {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, key...)
	return o.b
}

// text appends a text, if there is one.
func (o *stateObject) text(key, text string) {
	if text != "" {
		o.b = billing.AppendText(o.key(key), text)
	}
}

// number appends a number that is not 0.
func (o *stateObject) number(key string, n int64) {
	if n != 0 {
		o.b = strconv.AppendInt(o.key(key), n, 10)
	}
}

// timeline appends a timeline, if it has entries.
func (o *stateObject) timeline(key string, t billing.Timeline[string]) {
	if len(t) > 0 {
		o.b = billing.AppendTimeline(o.key(key), t)
	}
}

// sources append what is billed over time, if there is any.
func (o *stateObject) sources(key string, all []billing.Source) {
	if len(all) > 0 {
		o.keep(billing.AppendSources(o.key(key), all))
	}
}

// rare appends what few employees have.
func (o *stateObject) rare(has bool, key string, value any) {
	if !has {
		return
	}
	raw, err := json.Marshal(value)
	o.keep(append(o.key(key), raw...), err)
}

func (o *stateObject) keep(b []byte, err error) {
	if o.b = b; o.err == nil {
		o.err = err
	}
}

func (e *Employee) appendState(b []byte) ([]byte, error) {
	o := stateObject{b: append(b, '{')}
	o.number(`"n":`, e.Number)
	o.text(`"c":`, e.Customer)
	o.text(`"r":`, e.Reseller)
	o.text(`"cur":`, e.Currency)
	o.text(`"al":`, e.AccessLevel)
	o.text(`"st":`, e.State)
	o.timeline(`"pay":`, e.Payers)
	o.timeline(`"prod":`, e.Products)
	o.rare(e.Elsewhere != nil, `"else":`, e.Elsewhere)
	o.rare(e.NewProduct != nil, `"np":`, e.NewProduct)
	o.sources(`"add":`, e.Addons)
	e.appendHeld(&o)
	o.profile(&e.Profile)
	e.appendBilling(&o)
	return append(o.b, '}'), o.err
}

// appendHeld appends what the employee holds and what becomes of it.
func (e *Employee) appendHeld(o *stateObject) {
	o.rare(len(e.Extensions) > 0, `"ext":`, e.Extensions)
	o.rare(len(e.Accounts) > 0, `"mvno":`, e.Accounts)
	o.sources(`"hold":`, e.Holdings)
	o.rare(len(e.RatePlans) > 0, `"rp":`, e.RatePlans)
	o.rare(len(e.Deleted) > 0, `"gone":`, e.Deleted)
	o.rare(e.Presence != nil, `"pres":`, e.Presence)
	o.rare(len(e.Auto) > 0, `"auto":`, e.Auto)
	o.rare(!e.PresenceSince.IsZero(), `"ps":`, e.PresenceSince)
	o.rare(e.Deletion != nil, `"del":`, e.Deletion)
}

// appendBilling appends what is billed and how it came to be.
func (e *Employee) appendBilling(o *stateObject) {
	o.number(`"pm":`, int64(e.PeriodsMax))
	o.text(`"held":`, e.Held)
	o.text(`"hw":`, e.HeldWhy)
	o.rare(len(e.Reviewed) > 0, `"rv":`, e.Reviewed)
	o.rare(len(e.Settled) > 0, `"set":`, e.Settled)
	o.rare(len(e.Work) > 0, `"wk":`, e.Work)
	o.number(`"wn":`, int64(e.WorkSeq))
	o.keep(e.Billed.AppendState(o.key(`"b":`)))
	o.rare(len(e.Ended) > 0, `"end":`, e.Ended)
	o.number(`"v":`, e.Version)
	if len(e.Causes) > 0 {
		o.b = appendCauses(o.key(`"ev":`), e.Causes)
	}
}

func appendCauses(b []byte, all []Cause) []byte {
	b = append(b, '[')
	for i := range all {
		if i > 0 {
			b = append(b, ',')
		}
		o := stateObject{b: append(b, '{')}
		o.text(`"s":`, all[i].Source)
		b = append(appendTexts(o.key(`"e":`), all[i].Events), '}')
	}
	return append(b, ']')
}

func appendTexts(b []byte, all []string) []byte {
	if all == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, text := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = billing.AppendText(b, text)
	}
	return append(b, ']')
}

// profile appends what rules read of properties, if there is any.
func (o *stateObject) profile(p *Profile) {
	personal := p.Personal.Login != "" || p.Personal.Objects != nil || p.Personal.Known != nil
	if !p.NoEmail && p.Features == nil && p.Objects == nil && p.Addons == nil && p.Known == nil && !personal {
		return
	}
	o.b = append(o.key(`"prof":`), '{')
	o.rare(p.NoEmail, `"ne":`, p.NoEmail)
	o.rare(len(p.Features) > 0, `"f":`, p.Features)
	o.rare(len(p.Objects) > 0, `"o":`, p.Objects)
	o.rare(len(p.Addons) > 0, `"a":`, p.Addons)
	o.texts(`"k":`, p.Known)
	if personal {
		o.b = append(o.key(`"personal":`), '{')
		o.text(`"login":`, p.Personal.Login)
		o.rare(len(p.Personal.Objects) > 0, `"o":`, p.Personal.Objects)
		o.texts(`"k":`, p.Personal.Known)
		o.b = append(o.b, '}')
	}
	o.b = append(o.b, '}')
}

// texts appends texts by name, if there are any, in the order of the names.
func (o *stateObject) texts(key string, all map[string]string) {
	if len(all) == 0 {
		return
	}
	o.b = append(o.key(key), '{')
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if o.b[len(o.b)-1] != '{' {
			o.b = append(o.b, ',')
		}
		o.b = billing.AppendText(append(billing.AppendText(o.b, name), ':'), all[name])
	}
	o.b = append(o.b, '}')
}
