package relay

import (
	"context"
	"sync"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// Publisher sends messages and returns when all are safe; those of one key arrive in the order given. *bus.Publisher is
// one.
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

// Subscribers are both relays, of events and of outcomes. What lines show of their products comes from catalogs, the
// process's catalogue.
func Subscribers(reader *feed.Reader, catalogs *catalog.Reader, p Publisher, o Observer) []feed.Subscriber {
	router := NewRouter(NewItems(reader.Store(), catalogs))
	return []feed.Subscriber{Events(reader, router, p, o), outcomesRelay(reader.Store(), p, o)}
}

// Events is the relay of events: it publishes them to their topics at least once, first occurrences in the order of the
// log for each key, with the same id and ce_position each time. A page is published with one call, and then its
// checkpoint moves.
//
// Which event goes where is in Router. Amounts of the reseller's and of the cost ledger go to their own topics and
// nowhere else; employee.events carries no amounts of what was billed (rule 22).
func Events(reader *feed.Reader, router *Router, p Publisher, o Observer) feed.Subscriber {
	return newRelay(&tailCheck{
		reader: feed.RelayName, topics: contract.EventTopics(), store: reader.Store(), expect: router.page(reader),
		drop: reader.Drop,
		head: func(h store.Head) int64 { return h.Head },
	}, p, o)
}

// relay publishes what its tail check expects of the log: events or outcomes.
type relay struct {
	check     *tailCheck
	publisher Publisher
	observer  Observer
	wait      time.Duration // for the acknowledgement of a page

	mu      sync.Mutex
	pending map[store.ShardID]*page
}

func newRelay(c *tailCheck, p Publisher, o Observer) *relay {
	if o == nil {
		o = quiet{}
	}
	c.tails, _ = p.(tailer)
	c.known = map[store.ShardID]*compared{}
	return &relay{check: c, publisher: p, observer: o, wait: publishWait, pending: map[store.ShardID]*page{}}
}

// ChecksFirst reports whether it compares its topics with the log under each lease.
func (r *relay) ChecksFirst() bool { return r.check.tails != nil }

// Name is relay or outcomes.
func (r *relay) Name() string { return r.check.reader }

// Head is the last event, or the last outcome.
func (r *relay) Head(h store.Head) int64 { return r.check.head(h) }
