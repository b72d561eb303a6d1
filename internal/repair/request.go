package repair

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// Message returns a request about a parked message, and so about the queue of its subject.
func Message(m store.Parked, action string) store.Repair {
	r := store.Repair{Shard: m.Shard, Action: action, Topic: m.Topic, Partition: m.Partition, Offset: m.Offset}
	if m.Holds {
		r.Stream = m.Stream
	}
	return r
}

// Edit returns a request to replace parts of a parked message and to retry it. The parts are JSON: key, headers by
// name, value; each may be left out, but not all.
func Edit(m store.Parked, parts []byte) (store.Repair, error) {
	r := Message(m, store.RepairEdit)
	var edit struct {
		Key     *string           `json:"key"`
		Headers map[string]string `json:"headers"`
		Value   json.RawMessage   `json:"value"`
	}
	if err := json.Unmarshal(parts, &edit); err != nil {
		return r, err
	}
	if edit.Key == nil && len(edit.Headers) == 0 && edit.Value == nil {
		return r, errors.New("it has no key, no headers and no value")
	}
	if edit.Key != nil {
		r.Key = []byte(*edit.Key)
	}
	r.Value = edit.Value
	var err error
	if len(edit.Headers) > 0 {
		r.Headers, err = mergedHeaders(m, edit.Headers)
	}
	return r, err
}

// mergedHeaders replaces headers by name, each by one.
func mergedHeaders(m store.Parked, changed map[string]string) ([]byte, error) {
	kept := m.Headers
	if m.EditedHeaders != nil {
		kept = m.EditedHeaders
	}
	var headers []bus.Header
	if err := json.Unmarshal(kept, &headers); err != nil {
		return nil, fmt.Errorf("headers of %s/%d/%d: %w", m.Topic, m.Partition, m.Offset, err)
	}
	headers = slices.DeleteFunc(headers, func(h bus.Header) bool {
		_, replaced := changed[h.Key]
		return replaced
	})
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		headers = append(headers, bus.Header{Key: name, Value: []byte(changed[name])})
	}
	return json.Marshal(headers)
}
