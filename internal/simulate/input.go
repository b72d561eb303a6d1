package simulate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tenure/billing"
)

// InputError says which property of a file or flag is wrong, and how. The caller's input has to change; nothing was
// run.
type InputError struct {
	Path    string // dotted, with list places from 0: cases[3].given.addons[0].unitPrice
	Problem string
}

// Error names the property first.
func (e *InputError) Error() string { return e.Path + ": " + e.Problem }

// reading keeps the first thing that was wrong, so that every property is read without its own check.
type reading struct{ err error }

func (r *reading) fail(path, format string, args ...any) {
	if path == "" {
		path = "file"
	}
	if r.err == nil {
		r.err = &InputError{Path: path, Problem: fmt.Sprintf(format, args...)}
	}
}

// object is a JSON object and where it stands.
type object struct {
	r      *reading
	path   string
	fields map[string]json.RawMessage
}

// object reads an object that has no other properties than those named; with none named it may have any.
func (r *reading) object(path string, raw json.RawMessage, known ...string) object {
	o := object{r: r, path: path}
	if err := json.Unmarshal(raw, &o.fields); err != nil {
		r.fail(path, "must be an object: %v", err)
		return o
	}
	if o.fields == nil {
		r.fail(path, "must be an object")
		return o
	}
	for _, name := range o.names() {
		if len(known) > 0 && !slices.Contains(known, name) {
			r.fail(o.at(name), "is not a property that is known here; known are %s", strings.Join(known, ", "))
		}
	}
	return o
}

// at gives the path of a property.
func (o object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// names lists the properties that are there, sorted, so that errors do not depend on chance.
func (o object) names() []string {
	names := make([]string, 0, len(o.fields))
	for name := range o.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// has reports whether a property is there, null included.
func (o object) has(name string) bool {
	_, ok := o.fields[name]
	return ok
}

// given reports whether a property is there and not null.
func (o object) given(name string) bool {
	raw, ok := o.fields[name]
	return ok && string(raw) != "null"
}

// need refuses an object in which one of the properties is missing.
func (o object) need(names ...string) {
	for _, name := range names {
		if !o.has(name) {
			o.r.fail(o.at(name), "is missing")
		}
	}
}

// text reads a string; absent and null are empty.
func (o object) text(name string) string {
	var s *string
	if o.has(name) && json.Unmarshal(o.fields[name], &s) != nil {
		o.r.fail(o.at(name), "must be a string")
	}
	if s == nil {
		return ""
	}
	return *s
}

// name reads a string that must not be empty.
func (o object) name(name string) string {
	o.need(name)
	s := o.text(name)
	if s == "" {
		o.r.fail(o.at(name), "must not be empty")
	}
	return s
}

// flag reads a boolean; absent and null are nil.
func (o object) flag(name string) *bool {
	var b *bool
	if o.has(name) && json.Unmarshal(o.fields[name], &b) != nil {
		o.r.fail(o.at(name), "must be true or false")
	}
	return b
}

// amount reads a number or its text, exactly; absent and null are nil.
func (o object) amount(name string) *billing.Amount {
	if !o.given(name) {
		return nil
	}
	var a billing.Amount
	if err := a.UnmarshalJSON(o.fields[name]); err != nil {
		o.r.fail(o.at(name), "%v", err)
		return nil
	}
	return &a
}

// list calls each for the items of a list; absent and null are empty.
func (o object) list(name string, each func(path string, raw json.RawMessage)) {
	var items []json.RawMessage
	if o.has(name) && json.Unmarshal(o.fields[name], &items) != nil {
		o.r.fail(o.at(name), "must be a list")
	}
	for i, raw := range items {
		each(fmt.Sprintf("%s[%d]", o.at(name), i), raw)
	}
}

// Years of the dates in a file: the day in any zone, and the end of any period from there, can still be written with
// four digits.
const (
	yearMin = 2
	yearMax = 9990
)

// moment is a local day or an instant, as a case writes either. The zero moment is none.
type moment struct {
	date billing.Date
	at   time.Time
}

// moment reads YYYY-MM-DD or an RFC 3339 instant; absent and null are none.
func (o object) moment(name string) moment {
	text := o.text(name)
	if text == "" {
		return moment{}
	}
	m, err := parseMoment(text)
	if err != nil {
		o.r.fail(o.at(name), "%v", err)
	}
	return m
}

// someMoment reads a moment that must be there.
func (o object) someMoment(name string) moment {
	o.name(name)
	return o.moment(name)
}

func parseMoment(text string) (moment, error) {
	if !strings.Contains(text, "T") {
		d, err := billing.ParseDate(text)
		if err != nil {
			return moment{}, err
		}
		return moment{date: d}, yearFits(d.Time())
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return moment{}, fmt.Errorf("%.40q is neither YYYY-MM-DD nor an RFC 3339 instant", text)
	}
	return moment{at: at}, yearFits(at)
}

func yearFits(t time.Time) error {
	if t.Year() < yearMin || t.Year() > yearMax {
		return fmt.Errorf("the year is not between %d and %d", yearMin, yearMax)
	}
	return nil
}

// none reports whether there is no moment.
func (m moment) none() bool { return m.date == 0 && m.at.IsZero() }

// day is the local day in the zone (rule 2), 0 for none.
func (m moment) day(zone *time.Location) billing.Date {
	if m.at.IsZero() {
		return m.date
	}
	return billing.DateOf(m.at, zone)
}
