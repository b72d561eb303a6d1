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

// Source is what Tenure calls itself in the envelopes of its own commands.
const Source = "tenure"

// Order is a command to be sent.
type Order struct {
	Type    string // e.g. employee.create.v1
	Subject string // id of whom it is for
	ID      string // the command's id: the same id takes effect once
	Actor   events.Actor
	Data    any       // marshalled as the command's data; nil for none
	Key     string    // empty: the subject's key
	Trace   string    // traceparent of what led to it; may be empty
	At      time.Time // real time of sending, which commands age by; zero leaves it to the broker
}

// Message writes an order. The error names a type that no command has, or data that is no JSON.
func Message(o Order) (bus.Message, error) {
	kind, _ := domain.CommandKind(o.Type)
	topic, ok := contract.CommandTopic(kind)
	if !ok {
		return bus.Message{}, fmt.Errorf("command: there is no command %q", o.Type)
	}
	value, err := json.Marshal(struct {
		Actor events.Actor `json:"actor"`
		Data  any          `json:"data"`
	}{o.Actor, orEmpty(o.Data)})
	if err != nil {
		return bus.Message{}, fmt.Errorf("command: data of %s: %w", o.Type, err)
	}
	key := o.Key
	if key == "" {
		key = contract.KeyOf(domain.Stream(kind, o.Subject), o.Subject)
	}
	envelope := bus.Envelope{ID: o.ID, Type: o.Type, Source: Source, Subject: o.Subject, Time: o.At, CommandID: o.ID, TraceParent: o.Trace,
		DataSchema: events.SchemaAddress(o.Type)}
	return bus.Message{Topic: topic, Key: []byte(key), Value: value, Headers: envelope.Headers(), Time: o.At}, nil
}

func orEmpty(data any) any {
	if data == nil {
		return struct{}{}
	}
	return data
}
