package relay

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// Publisher sends messages and returns when all are safe; those of one key arrive in the order given. *bus.Publisher is one.
type Publisher interface {
	// Publish fails when it is not known of every message that it is safe; they are then published again.
	Publish(ctx context.Context, messages []bus.Message) error
}

// Observer is told what is published. *telemetry.Metrics is one.
type Observer interface {
	// Relayed counts messages that were acknowledged, repetitions included.
	Relayed(topic string, n int)
}

// quiet is an Observer that does nothing.
type quiet struct{}

// Relayed does nothing.
func (quiet) Relayed(string, int) {}

// The reasons of a feed.Stop of a relay.
const (
	stopUnroutable = "unroutable" // an event that has no topic
	stopAhead      = "ahead"      // a topic knows more of the shard than the log
	stopAltered    = "altered"    // a topic has something else at the place of an event
	stopTooLarge   = "too-large"  // no broker takes the message of an event
)

// Subscribers are both relays, of events and of outcomes. What lines show of their products comes from catalogs, the process's
// catalogue.
func Subscribers(reader *feed.Reader, catalogs *catalog.Reader, p Publisher, o Observer) []feed.Subscriber {
	router := NewRouter(NewItems(reader.Store(), catalogs))
	return []feed.Subscriber{Events(reader, router, p, o), outcomesRelay(reader.Store(), p, o)}
}

// Events is the relay of events: it publishes them to their topics at least once, first occurrences in the order of the log for
// each key, with the same id and ce_position each time. A page is published with one call, and then its checkpoint moves.
//
// Which event goes where is in Router. Amounts of the reseller's and of the cost ledger go to their own topics and nowhere
// else; employee.events carries no amounts of what was billed (rule 22).
func Events(reader *feed.Reader, router *Router, p Publisher, o Observer) feed.Subscriber {
	return newRelay(&tailCheck{
		reader: feed.RelayName, topics: contract.EventTopics(), store: reader.Store(), expect: router.page(reader), drop: reader.Drop,
		head: func(h store.Head) int64 { return h.Head },
	}, p, o)
}

// relay publishes what its tail check expects of the log: events or outcomes.
type relay struct {
	check     *tailCheck
	publisher Publisher
	observer  Observer
}

func newRelay(c *tailCheck, p Publisher, o Observer) *relay {
	if o == nil {
		o = quiet{}
	}
	c.tails, _ = p.(tailer)
	c.known = map[store.ShardID]*compared{}
	return &relay{check: c, publisher: p, observer: o}
}

// ChecksFirst reports whether it compares its topics with the log under each lease.
func (r *relay) ChecksFirst() bool { return r.check.tails != nil }

// Name is relay or outcomes.
func (r *relay) Name() string { return r.check.reader }

// Head is the last event, or the last outcome.
func (r *relay) Head(h store.Head) int64 { return r.check.head(h) }

// Handle publishes a page of each shard, then moves the checkpoints. Under a new lease, and after an error, it first reads what
// the topics end with: what was published before a checkpoint was lost is not published again.
func (r *relay) Handle(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	if err := r.check.before(ctx, leases); err != nil {
		return false, err
	}
	moves := feed.Moves{Batch: &pgx.Batch{}}
	var messages []bus.Message
	for _, lease := range leases {
		page, last, err := r.check.expect(ctx, lease.Shard, lease.Place(), limit)
		if err != nil && last.Position == lease.Position {
			r.check.reset(leases)
			return false, err
		}
		messages = append(messages, r.check.lacking(lease, page)...)
		moves.To(lease, last)
	}
	if err = r.publish(ctx, messages); err == nil {
		err = moves.Commit(ctx, r.check.store)
	}
	if err != nil {
		r.check.reset(leases)
		return false, err
	}
	return len(messages) > 0, nil
}

// publish sends a page, if there is anything in it.
func (r *relay) publish(ctx context.Context, messages []bus.Message) error {
	if len(messages) == 0 {
		return nil
	}
	store.Step("relay.read")
	if err := r.publisher.Publish(ctx, messages); err != nil {
		return err
	}
	store.Step("relay.published")
	sent := make(map[string]int)
	for i := range messages {
		sent[messages[i].Topic]++
	}
	for topic, n := range sent {
		r.observer.Relayed(topic, n)
	}
	return nil
}
