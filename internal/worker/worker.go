package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// The bounds of a shard's loop.
const (
	// batchCommandsMax: beyond a few hundred commands a transaction the round trip no longer counts, and a batch that must
	// be bisected costs more.
	batchCommandsMax = 500
	// idleWait is how long a shard without commands waits before it looks at time and runs again.
	idleWait = 200 * time.Millisecond
	// tickEvery is how often, in business time, a shard looks for what is due.
	tickEvery = time.Minute
	// commandAgeMax is for how long outcomes are known: an older command could take effect twice, so it is refused.
	commandAgeMax = 30 * 24 * time.Hour
)

// Worker owns shards: it is what bus.Consume hands partitions to.
type Worker struct {
	Store     *store.Store
	Publisher *bus.Publisher // for messages that arrived in the wrong partition
	Lookup    *bus.Lookup    // to see that a topic still holds what was taken from it; nil: not looked
	Clock     clock.Clock
	Policy    billing.Policy
	Log       *slog.Logger
	Observer  Observer
	Spans     telemetry.Spans // of commands that come within a trace
	// ChunkEmployees is how many employees one transaction of a run bills; 0 means chunkEmployeesMax.
	ChunkEmployees int

	catalog catalogs
	asked   asked
	mu      sync.Mutex
	held    map[store.ShardID]held // claims that Work has not taken over yet

	// For tests: what is called before each decision, and how often a watch looks.
	trap      func(kind, id string) error
	stuckTick time.Duration
}

// held is a fresh claim.
type held struct {
	claim      store.Claim
	partitions int32
}

// Observer sees what the worker does; telemetry implements it, Quiet does nothing.
type Observer interface {
	// Batch is a transaction of commands, from their decoding on.
	Batch(shard int32, commands int, took time.Duration)
	// Outcome is one answer.
	Outcome(shard int32, status string)
	// Parked is one message put aside.
	Parked(shard int32, reason string)
	// Chunk is a run's step through employees.
	Chunk(shard int32, examined, lines int)
	// Retried is one more try of a step after a fault of the infrastructure.
	Retried(step string)
}

// Quiet is an Observer that does nothing.
type Quiet struct{}

// Batch does nothing.
func (Quiet) Batch(int32, int, time.Duration) {}

// Outcome does nothing.
func (Quiet) Outcome(int32, string) {}

// Parked does nothing.
func (Quiet) Parked(int32, string) {}

// Chunk does nothing.
func (Quiet) Chunk(int32, int, int) {}

// Retried does nothing.
func (Quiet) Retried(string) {}

// families maps a command topic to its family of shards.
var families = map[string]int{
	bus.EmployeeCommands: store.FamilyEmployee,
	bus.CatalogCommands:  store.FamilyCatalog,
	bus.BillingCommands:  store.FamilyBilling,
}

// ShardOf tells which shard a partition of a topic of commands is; false for a topic that takes none.
func ShardOf(topic string, partition int32) (store.ShardID, bool) {
	family, ok := families[topic]
	return store.ShardOf(family, partition), ok
}

// Topics are the command topics that a worker consumes.
func Topics() []string {
	return []string{bus.CatalogCommands, bus.BillingCommands, bus.EmployeeCommands}
}

// owner is the hold on one shard, in the hands of one goroutine.
type owner struct {
	*Worker
	claim      store.Claim
	topic      string
	partitions int32
	runs       *openRun // the oldest open run of the shard
	runsKnown  bool
	busy       bool      // the last round found something to do besides commands
	lastTick   time.Time // business time of the last look for what is due
	seen       time.Time // business time of the last round
	passed     passed    // while deletions are halted
	sender     sender    // of the last command
	forgot     time.Time // real time of the last look for outcomes that need not be kept
}

// Claim fences the shard of a partition and tells where to go on. From here on the former owner's writes match nothing.
func (w *Worker) Claim(ctx context.Context, topic string, partition int32, state bus.TopicState) (int64, error) {
	family, ok := families[topic]
	if !ok {
		return 0, fmt.Errorf("worker: %s is not a topic of commands", topic)
	}
	at := state.Partitions[partition]
	claim, err := w.Store.Claim(ctx, store.ShardOf(family, partition), store.Topic{
		Name: topic, Partition: partition, ID: state.ID, Partitions: state.Count(), Oldest: at.Oldest, Newest: at.Newest,
	})
	if err != nil {
		return 0, err
	}
	if err := w.remembers(ctx, topic, partition, at.Oldest, claim); err != nil {
		return 0, err
	}
	if err := w.recognise(ctx); err != nil {
		return 0, err
	}
	if err := w.tellPolicy(ctx, claim.Shard); err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == nil {
		w.held = map[store.ShardID]held{}
	}
	w.held[claim.Shard] = held{claim: claim, partitions: state.Count()}
	return claim.NextOffset, nil
}

// recordHash is what a shard remembers of the last message it took.
func recordHash(m bus.Message) []byte {
	h := sha256.New()
	h.Write(m.Key)
	h.Write(m.Value)
	return h.Sum(nil)
}

// subjectOf gives the state of a stream from its stored row, or before its first event.
func subjectOf(stream string, row store.Subject, decode func([]byte, any) error) (domain.Subject, error) {
	s, err := domain.NewSubject(stream)
	if err != nil || row.Version == 0 || len(row.State) == 0 {
		return s, err
	}
	if err := decode(row.State, s); err != nil {
		return nil, fmt.Errorf("worker: state of %s@%d: %w", stream, row.Version, err)
	}
	return s, nil
}
