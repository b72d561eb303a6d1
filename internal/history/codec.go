package history

import (
	"encoding/json"
	"fmt"

	"tenure/events"
	"tenure/internal/store"
)

// Recorded decodes a stored event. The error is an *events.UnknownTypeError where the type is not known to this
// version.
func Recorded(e store.Event) (events.Recorded, error) {
	payload, err := events.Decode(e.Type, e.Payload)
	if err != nil {
		return events.Recorded{}, fmt.Errorf("history: %s@%d: %w", e.Stream, e.Version, err)
	}
	r := events.Recorded{
		Shard: int32(e.Shard), Position: e.Position, Stream: e.Stream, Version: e.Version, At: e.At,
		CommandID: e.CommandID, RunID: e.RunID, Event: payload,
	}
	if r.Actor, err = Actor(e.Actor); err != nil {
		return events.Recorded{}, fmt.Errorf("history: actor of %s@%d: %w", e.Stream, e.Version, err)
	}
	return r, nil
}

// Actor decodes a stored actor; no bytes are the zero Actor.
func Actor(raw []byte) (events.Actor, error) {
	var a events.Actor
	if len(raw) == 0 {
		return a, nil
	}
	return a, json.Unmarshal(raw, &a)
}

// ActorBytes encodes an actor for the store; the zero Actor has no bytes.
func ActorBytes(a events.Actor) ([]byte, error) {
	if a == (events.Actor{}) {
		return nil, nil
	}
	return json.Marshal(a)
}
