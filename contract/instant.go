package contract

import (
	"encoding/json"
	"time"
)

// InstantForm is how instants are published: RFC 3339 with milliseconds; format times in UTC.
const InstantForm = "2006-01-02T15:04:05.000Z07:00"

// Instant is a time that is written as it is published. It is read with or without a time of day: a date is its first
// instant in UTC.
type Instant struct{ time.Time }

// MarshalJSON writes RFC 3339 with milliseconds and Z.
func (i Instant) MarshalJSON() ([]byte, error) {
	return []byte(i.UTC().Format(`"` + InstantForm + `"`)), nil
}

// UnmarshalJSON reads RFC 3339, or a date alone.
func (i *Instant) UnmarshalJSON(raw []byte) error {
	if t, err := time.Parse(`"`+time.DateOnly+`"`, string(raw)); err == nil {
		i.Time = t
		return nil
	}
	return json.Unmarshal(raw, &i.Time)
}

// PublishedDate writes a date or an instant as instants are published; anything else stays as it is.
func PublishedDate(raw json.RawMessage) json.RawMessage {
	var at *Instant
	if json.Unmarshal(raw, &at) != nil || at == nil {
		return raw
	}
	published, err := at.MarshalJSON()
	if err != nil {
		return raw
	}
	return published
}
