package feed

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/history"
	"tenure/internal/store"
)

const (
	// RelayName is the name of the relay of events.
	RelayName = "relay"
	// source is who says what our messages say.
	source = "tenure"
)

// Relay publishes events to their topics: at least once, first occurrences in the order of the log for each key, with the
// same id and ce_position each time. A page is published with one call, and then its checkpoint moves.
//
// What goes where is in route. Amounts of the reseller's and of the cost ledger go to topics of their own and nowhere else;
// employee.events carries no amounts of what was billed (rule 22).
func Relay(r *Reader, p Publisher, o Observer) Subscriber {
	return relaying(&comparison{
		reader: RelayName, topics: contract.EventTopics(), store: r.store, expect: r.messages,
		head: func(h store.Head) int64 { return h.Head },
	}, p, o)
}

// relay publishes what its comparison expects of the log: events or outcomes.
type relay struct {
	comparison *comparison
	publisher  Publisher
	observer   Observer
}

func relaying(c *comparison, p Publisher, o Observer) *relay {
	return &relay{comparison: newComparison(c, p), publisher: p, observer: o}
}

func (r *relay) compares() bool { return r.comparison.compares() }

// Name is relay or outcomes.
func (r *relay) Name() string { return r.comparison.reader }

// Head is the last event, or the last outcome.
func (r *relay) Head(h store.Head) int64 { return r.comparison.head(h) }

// Take publishes a page of each shard, then moves the checkpoints. Under a new lease, and after an error, it first looks at
// what the topics have: what was published before a checkpoint was lost is not published again.
func (r *relay) Take(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	c := r.comparison
	if err := c.before(ctx, leases); err != nil {
		return false, err
	}
	b := &pgx.Batch{}
	var moves moves
	var messages []bus.Message
	for _, lease := range leases {
		page, last, err := c.expect(ctx, lease.Shard, lease.Position, limit)
		if err != nil && last == lease.Position {
			return false, err
		}
		messages = append(messages, c.lacking(lease, page)...)
		if last > lease.Position {
			moves.at(b, lease, last)
		}
	}
	if err = publish(ctx, r.publisher, r.observer, messages); err == nil {
		err = moves.commit(ctx, c.store, b)
	}
	if err != nil {
		c.forget(leases)
		return false, err
	}
	return len(messages) > 0, nil
}

// messages gives those of a page of events that this build can publish, and the last position that they are of.
func (r *Reader) messages(ctx context.Context, shard store.ShardID, after int64, limit int) ([]bus.Message, int64, error) {
	page, err := r.After(ctx, shard, after, limit)
	if err == nil {
		page, err = usable(page, split)
	}
	if err != nil {
		return nil, after, err
	}
	messages, routed, err := routeAll(make([]bus.Message, 0, len(page)), page)
	return messages, after + int64(routed), err
}

// publish sends a page, if there is anything in it.
func publish(ctx context.Context, p Publisher, o Observer, messages []bus.Message) error {
	if len(messages) == 0 {
		return nil
	}
	store.Step("relay.read")
	if err := p.Publish(ctx, messages); err != nil {
		return err
	}
	store.Step("relay.published")
	sent := make(map[string]int)
	for i := range messages {
		sent[messages[i].Topic]++
	}
	for topic, n := range sent {
		o.Relayed(topic, n)
	}
	return nil
}

// routeAll appends the messages of a page and tells how many of its events they are of: all, or those before the first that
// has no topic.
func routeAll(messages []bus.Message, page []*Entry) ([]bus.Message, int, error) {
	for i, e := range page {
		more, err := route(messages, e)
		var fault unread
		if errors.As(err, &fault) {
			return messages, i, fault
		}
		if err != nil {
			return messages, i, &Stop{Shard: e.Shard, Position: e.Position, Reason: StopUnroutable, Err: err}
		}
		if err := takeable(more[len(messages):]); err != nil {
			return messages, i, &Stop{Shard: e.Shard, Position: e.Position, Reason: StopTooLarge, Err: err}
		}
		messages = more
	}
	return messages, len(page), nil
}

// takeable refuses what no broker takes: it would be tried again for ever.
func takeable(messages []bus.Message) error {
	for _, m := range messages {
		if m.TooLarge() {
			return fmt.Errorf("a message of it for %s has %d bytes, more than a broker takes", m.Topic, m.Size())
		}
	}
	return nil
}

// split tells whether events of a type are decoded because what is published is not what is stored.
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
func route(messages []bus.Message, e *Entry) ([]bus.Message, error) {
	kind, id := domain.SplitStream(e.Stream)
	switch kind {
	case domain.KindEmployee:
		switch e.Type {
		case typeInvoiced:
			return routeInvoiced(messages, e, id)
		case typeWorkOrdered: // it has amounts of any ledger; the lines that a run makes of it are told
			return messages, nil
		}
		return append(messages, message(contract.EmployeeEvents, id, envelope(e, id), e.Payload)), nil
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
	}
	return nil, fmt.Errorf("events of %s have no topic", e.Stream)
}

// envelope is that of an event which is published as it is stored.
func envelope(e *Entry, subject string) bus.Envelope {
	_, trace := history.CutTrace(e.Actor)
	return bus.Envelope{
		ID: events.ID(e.Stream, e.Version).String(), Type: e.Type, Source: source, Subject: subject, Time: e.At,
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
