package domain

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"tenure/billing"
)

// Day is a local day in a command: YYYY-MM-DD, or an instant as RFC 3339 has it, which becomes the day that it is in
// the billing zone. The zero Day is absent; null is given and none. An empty text is no date.
type Day struct {
	given bool
	date  billing.Date
	at    time.Time
}

// On is the Day of a date.
func On(d billing.Date) Day { return Day{given: true, date: d} }

// in is the date in the billing zone; 0: none.
func (d Day) in(w World) billing.Date {
	if d.at.IsZero() {
		return d.date
	}
	return w.dayOf(d.at)
}

// or is the date in the billing zone, or what is there where the day is absent.
func (d Day) or(there billing.Date, w World) billing.Date {
	if !d.given {
		return there
	}
	return d.in(w)
}

var errEmptyDate = errors.New("must be a date such as 2026-05-31, or null")

// UnmarshalJSON reads a date, an instant, or null.
func (d *Day) UnmarshalJSON(raw []byte) error {
	*d = Day{given: true}
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	return d.UnmarshalText([]byte(text))
}

// UnmarshalText reads a date or an instant. The error is that of a date: dates are what is published.
func (d *Day) UnmarshalText(text []byte) error {
	*d = Day{given: true}
	if len(text) == 0 {
		return errEmptyDate
	}
	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		d.at = at
		return nil
	}
	return d.date.UnmarshalText(text)
}

// DateOnly is a Day that is written as a date alone.
type DateOnly struct{ Day }

// UnmarshalJSON reads a date or null.
func (d *DateOnly) UnmarshalJSON(raw []byte) error {
	if err := d.Day.UnmarshalJSON(raw); err != nil {
		return err
	}
	if !d.at.IsZero() {
		return errEmptyDate
	}
	return nil
}
