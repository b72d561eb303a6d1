package domain

import (
	"bytes"
	"encoding/json"
)

// Optional is a property of a command that tells three things apart: absent leaves what is there, null takes it away,
// and a value replaces it. The zero Optional is absent.
type Optional[T any] struct {
	given bool
	value *T
}

// Some is a property with a value.
func Some[T any](value T) Optional[T] { return Optional[T]{given: true, value: &value} }

// Null is a property that is taken away.
func Null[T any]() Optional[T] { return Optional[T]{given: true} }

// UnmarshalJSON reads null or a value; that it is called at all says that the property is given.
func (o *Optional[T]) UnmarshalJSON(raw []byte) error {
	o.given, o.value = true, nil
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	o.value = new(T)
	return json.Unmarshal(raw, o.value)
}

// or is the value, or what is there where the property is absent; null is the zero value.
func (o Optional[T]) or(there T) T {
	switch {
	case !o.given:
		return there
	case o.value == nil:
		var none T
		return none
	}
	return *o.value
}

// messageIDOrNull refuses an empty text where an id is meant.
const messageIDOrNull = "must be an id, or null"

// notEmpty refuses an empty text where an id is meant: null takes one away.
func (o Optional[T]) notEmpty(path string) *Rejection {
	if text, ok := any(o.value).(*string); ok && text != nil && *text == "" {
		return invalid(path, messageIDOrNull)
	}
	return nil
}
