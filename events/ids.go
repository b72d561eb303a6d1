package events

import (
	"encoding/json"
	"slices"
	"strings"
)

// IDs is a list of ids: a JSON list on the wire, and one text inside, so that what has one can be compared.
type IDs string

// idsSeparator stands between the ids of a list; no id has one.
const idsSeparator = ","

// NewIDs makes a list.
func NewIDs(ids ...string) IDs { return IDs(strings.Join(ids, idsSeparator)) }

// List returns the ids.
func (l IDs) List() []string {
	if l == "" {
		return nil
	}
	return strings.Split(string(l), idsSeparator)
}

// Has reports whether an id is in the list.
func (l IDs) Has(id string) bool {
	return id != "" && slices.Contains(strings.Split(string(l), idsSeparator), id)
}

// MarshalJSON writes a list of texts.
func (l IDs) MarshalJSON() ([]byte, error) {
	if l == "" {
		return []byte("[]"), nil
	}
	return json.Marshal(strings.Split(string(l), idsSeparator))
}

// UnmarshalJSON reads a list of texts; null is an empty one.
func (l *IDs) UnmarshalJSON(raw []byte) error {
	var ids []string
	if err := json.Unmarshal(raw, &ids); err != nil {
		return err
	}
	*l = NewIDs(ids...)
	return nil
}
