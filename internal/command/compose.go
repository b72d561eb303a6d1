package command

import (
	"encoding/json"
	"fmt"
	"time"

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

// topics maps the kind of a stream to the topic of its commands.
var topics = map[string]string{
	domain.KindEmployee: bus.EmployeeCommands,
	domain.KindRunShard: bus.EmployeeCommands,
	domain.KindProduct:  bus.CatalogCommands,
	domain.KindCustomer: bus.CatalogCommands,
	domain.KindReseller: bus.CatalogCommands,
	domain.KindRun:      bus.BillingCommands,
	domain.KindHalt:     bus.BillingCommands,
	domain.KindDocument: bus.BillingCommands,
}

// Message writes an order. The error names a type that no command has, or data that is no JSON.
func Message(o Order) (bus.Message, error) {
	kind, ok := domain.CommandKind(o.Type)
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
		key = domain.KeyOf(domain.Stream(kind, o.Subject), o.Subject)
	}
	envelope := bus.Envelope{ID: o.ID, Type: o.Type, Source: Source, Subject: o.Subject, Time: o.At, CommandID: o.ID, TraceParent: o.Trace,
		DataSchema: events.SchemaAddress(o.Type)}
	return bus.Message{Topic: topics[kind], Key: []byte(key), Value: value, Headers: envelope.Headers(), Time: o.At}, nil
}

func orEmpty(data any) any {
	if data == nil {
		return struct{}{}
	}
	return data
}
