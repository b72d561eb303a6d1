package node

import (
	"context"
	"log/slog"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// Refilling is what a Refill reads from, and reports to.
type Refilling struct {
	Store     *store.Store
	Kafka     bus.Config
	Topics    *bus.TopicReader
	Publisher *bus.Publisher
	// RealTime reports whether business time is the time of machines.
	RealTime func() bool
	// Filled hears that a topic has everything again.
	Filled func(topic string)
	Log    *slog.Logger
}

// Refill publishes again what topics have lost.
type Refill struct {
	// TailLost notes that a partition has lost messages, the next one got an offset. It does not wait.
	TailLost func(topic string, partition int32, offset int64)
	// Run works until ctx ends.
	Run func(ctx context.Context) error
}

// startRefill starts what publishes again what topics have lost.
func (n *Node) startRefill() {
	if n.config.Refill == nil {
		return
	}
	refill := n.config.Refill(Refilling{Store: n.Store, Kafka: n.Kafka, Topics: n.lookup, Publisher: n.publisher,
		RealTime: func() bool { return !n.simulated() }, Filled: n.refilled, Log: n.log})
	n.watch.mu.Lock()
	n.watch.refill = refill.TailLost
	n.watch.mu.Unlock()
	n.run("refill", refill.Run)
}

// TailLost implements bus.Observer: what was published and is gone is missing on the topic until it is published again.
// A topic of commands stops its shard by itself.
func (w *watch) TailLost(topic string, partition int32, offset int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, commands := (place{topic, partition}).shard(); commands {
		return
	}
	w.readers[lostTail(topic)] = true
	if w.refill != nil {
		w.refill(topic, partition, offset)
	}
}

// lostTail says that a topic lacks what was published.
func lostTail(topic string) string {
	return topic + " lost published messages, which are published again; if not: tenure replay start --missing, " +
		"then restart this process"
}

// refilled notes that a topic has everything again.
func (n *Node) refilled(topic string) {
	n.publisher.Refilled(topic)
	n.watch.refilled(topic)
}

// refilled notes that a topic has everything again.
func (w *watch) refilled(topic string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.readers, lostTail(topic))
}
