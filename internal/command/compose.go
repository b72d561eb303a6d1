package command

import (
	"encoding/json"
	"fmt"
	"time"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
)

// source is what Tenure calls itself in the envelopes of its commands.
const source = "tenure"

// Command is a command to be sent.
type Command struct {
	Type    string // e.g. employee.create.v1
	Subject string // id of whom it is for
	ID      string // the command's id: the same id takes effect once
	Actor   events.Actor
	Data    any       // marshalled as the command's data; nil for none
	Key     string    // empty: the subject's key
	Trace   string    // traceparent of what led to it; may be empty
	At      time.Time // real time of sending, which commands age by; zero leaves it to the broker
}

// Compose writes a command as the message that the worker takes. The error names a type that no command has, or data
// that is no JSON.
func Compose(c Command) (bus.Message, error) {
	kind, _ := domain.CommandKind(c.Type)
	topic, ok := contract.CommandTopic(kind)
	if !ok {
		return bus.Message{}, fmt.Errorf("command: there is no command %q", c.Type)
	}
	value, err := json.Marshal(struct {
		Actor events.Actor `json:"actor"`
		Data  any          `json:"data"`
	}{c.Actor, orEmpty(c.Data)})
	if err != nil {
		return bus.Message{}, fmt.Errorf("command: data of %s: %w", c.Type, err)
	}
	key := c.Key
	if key == "" {
		key = contract.KeyOf(domain.Stream(kind, c.Subject), c.Subject)
	}
	envelope := bus.Envelope{ID: c.ID, Type: c.Type, Source: source, Subject: c.Subject, Time: c.At, CommandID: c.ID,
		TraceParent: c.Trace,
		DataSchema:  events.SchemaAddress(c.Type)}
	return bus.Message{Topic: topic, Key: []byte(key), Value: value, Headers: envelope.Headers(), Time: c.At}, nil
}

func orEmpty(data any) any {
	if data == nil {
		return struct{}{}
	}
	return data
}
