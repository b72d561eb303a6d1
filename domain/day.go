package domain

import (
	"time"

	"tenure/billing"
)

// Day is a local day in a command: YYYY-MM-DD, or an instant as RFC 3339 has it, which becomes the day that it is in
// the billing zone. The zero Day is none.
type Day struct {
	date billing.Date
	at   time.Time
}

// On is the Day of a date.
func On(d billing.Date) Day { return Day{date: d} }

// in is the date in the billing zone; 0: none.
func (d Day) in(w World) billing.Date {
	if d.at.IsZero() {
		return d.date
	}
	return w.dayOf(d.at)
}

// UnmarshalText reads a date, an instant, or nothing. The error is that of a date: dates are what is published.
func (d *Day) UnmarshalText(text []byte) error {
	if at, err := time.Parse(time.RFC3339, string(text)); err == nil {
		*d = Day{at: at}
		return nil
	}
	d.at = time.Time{}
	return d.date.UnmarshalText(text)
}
