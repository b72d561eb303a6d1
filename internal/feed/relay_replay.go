package feed

import (
	"tenure/internal/bus"
	"tenure/internal/store"
)

// MessagesOf gives the messages of an event as the relay publishes them: the same topics, keys, ids and positions each time.
// The error is a *Stop: this build does not know the event, cannot read it, or has no topic for it.
func MessagesOf(e *Entry) ([]bus.Message, error) {
	if err := e.check(split); err != nil {
		return nil, err
	}
	messages, _, err := routeAll(nil, []*Entry{e})
	return messages, err
}

// MessageOf is the message of an outcome as the relay of outcomes publishes it.
func MessageOf(o *store.Outcome) bus.Message { return answer(o) }
