package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/history"
	"tenure/internal/store"
)

// source is ce_source of all messages.
const source = "tenure"

// Router makes the messages of an event: the same topics, keys, ids and positions each time. It is for concurrent use.
type Router struct {
	items *Items // nil: lines are shown without the names of their products
}

// NewRouter returns a router that finds what lines show of their products; items may be nil.
func NewRouter(items *Items) *Router { return &Router{items: items} }

// Messages returns the messages of an event as the relay publishes them. The error is a *feed.Stop when this build does
// not know the event, cannot read it, or has no topic for it.
func (r *Router) Messages(e *feed.Entry) ([]bus.Message, error) {
	if err := e.Check(split); err != nil {
		return nil, err
	}
	messages, _, err := r.routeAll(nil, []*feed.Entry{e})
	return messages, err
}

// page returns those messages of a page of events that this build can publish, and the last place that they are of.
func (r *Router) page(reader *feed.Reader) expected {
	return func(ctx context.Context, shard store.ShardID, after store.Place, limit int) ([]bus.Message,
		store.Place, error) {
		page, err := reader.After(ctx, shard, after, limit, nil)
		if err == nil {
			page, err = feed.Usable(page, split)
		}
		if err != nil {
			return nil, after, err
		}
		messages, routed, err := r.routeAll(make([]bus.Message, 0, len(page)), page)
		if routed > 0 {
			after = page[routed-1].Place()
		}
		return messages, after, err
	}
}

// routeAll appends the messages of a page and returns how many of its events they are of: all, or those before the
// first that has no topic.
func (r *Router) routeAll(messages []bus.Message, page []*feed.Entry) ([]bus.Message, int, error) {
	for i, e := range page {
		more, err := r.route(messages, e)
		var fault unread
		if errors.As(err, &fault) {
			return messages, i, fault
		}
		if err != nil {
			return messages, i, &feed.Stop{Shard: e.Shard, Position: e.Position, Reason: stopUnroutable, Err: err}
		}
		if err := publishable(more[len(messages):]); err != nil {
			return messages, i, &feed.Stop{Shard: e.Shard, Position: e.Position, Reason: stopTooLarge, Err: err}
		}
		messages = more
	}
	return messages, len(page), nil
}

// publishable refuses what no broker takes: it would be tried again indefinitely.
func publishable(messages []bus.Message) error {
	for _, m := range messages {
		if m.TooLarge() {
			return fmt.Errorf("a message of it for %s has %d bytes, more than a broker takes", m.Topic, m.Size())
		}
	}
	return nil
}

// split reports whether events of a type are decoded because what is published is not what is stored.
func split(eventType string) bool {
	switch eventType {
	case typeInvoiced, typeRunCompleted, typeRunShardCompleted, typeDocumentIssued:
		return true
	}
	return false
}

// The types that are not simply passed on.
var (
	typeInvoiced          = events.EmployeeInvoiced{}.EventType()
	typeWorkOrdered       = events.BillingWorkOrdered{}.EventType()
	typeRunStarted        = events.RunStarted{}.EventType()
	typeRunShardCompleted = events.RunShardCompleted{}.EventType()
	typeRunCompleted      = events.RunCompleted{}.EventType()
	typeDocumentIssued    = events.DocumentIssued{}.EventType()
)

// route appends the messages of an event.
func (r *Router) route(messages []bus.Message, e *feed.Entry) ([]bus.Message, error) {
	kind, id := domain.SplitStream(e.Stream)
	switch kind {
	case domain.KindEmployee:
		switch e.Type {
		case typeInvoiced:
			return r.routeInvoiced(messages, e, id)
		case typeWorkOrdered: // it has amounts of any ledger; the lines that a run makes of it are published
			return messages, nil
		}
		value, err := withoutSecrets(e)
		return append(messages, message(contract.EmployeeEvents, id, envelope(e, id), value)), err
	case domain.KindDocument:
		return routeDocument(messages, e, id)
	case domain.KindRun, domain.KindRunShard:
		return routeRun(messages, e, id)
	case domain.KindProduct, domain.KindCustomer, domain.KindReseller:
		return messages, nil // whoever sends catalogue commands knows the catalogue
	case domain.KindRepair:
		return messages, nil // what operators do, and why, is for operators
	case domain.KindHalt:
		return messages, nil // what operators stop is theirs
	case domain.KindPolicy:
		return messages, nil // what is published shows what the policy made of it
	}
	return nil, fmt.Errorf("events of %s have no topic", e.Stream)
}

// secretsMember begins the part of a payload with hashed and sealed secrets. No text in JSON has an unescaped quote, so
// that what contains it may have one.
var secretsMember = []byte(`"secrets":{`)

// withoutSecrets is the payload of an employee's event without hashes and sealed PINs: no reader of the topic needs
// them, and a PIN has few values.
func withoutSecrets(e *feed.Entry) ([]byte, error) {
	if !bytes.Contains(e.Payload, secretsMember) {
		return e.Payload, nil
	}
	event, err := events.Decode(e.Type, e.Payload)
	if err != nil {
		return nil, err
	}
	switch event := event.(type) {
	case events.EmployeeCreated:
		event.Secrets = nil
		return events.Encode(event)
	case events.EmployeeUpdated:
		event.Secrets = nil
		return events.Encode(event)
	}
	return e.Payload, nil
}

// envelope is that of an event which is published as it is stored.
func envelope(e *feed.Entry, subject string) bus.Envelope {
	_, trace := history.CutTrace(e.Actor)
	return bus.Envelope{
		ID: e.ID().String(), Type: e.Type, Source: source, Subject: subject, Time: e.At,
		CommandID: e.CommandID, CausationID: e.CommandID, RunID: e.RunID, TraceParent: trace,
		DataSchema: events.SchemaAddress(e.Type),
		Position:   bus.FormatPosition(int32(e.Shard), e.Position),
	}
}

// message leaves the record's time to the broker's client: topics are kept by it, and business time may be long ago.
func message(topic, key string, e bus.Envelope, value []byte) bus.Message {
	return bus.Message{Topic: topic, Key: []byte(key), Value: value, Headers: e.Headers()}
}

// derivedID is the id of one of several messages that an event makes.
func derivedID(event uuid.UUID, part string) uuid.UUID { return uuid.NewSHA1(event, []byte(part)) }
