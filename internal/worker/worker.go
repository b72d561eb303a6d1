package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/keyring"
	"tenure/internal/signing"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// The bounds of a shard's loop.
const (
	// batchCommandsMax: beyond a few hundred commands a transaction the round trip no longer counts, and a batch that must
	// be bisected costs more.
	batchCommandsMax = 500
	// idleWait is how long a shard without commands waits before it polls time and runs again.
	idleWait = 200 * time.Millisecond
	// tickEvery is how often, in business time, a shard asks for what is due.
	tickEvery = time.Minute
	// commandAgeMax is for how long outcomes are known: an older command could take effect twice, so it is refused.
	commandAgeMax = 30 * 24 * time.Hour
)

// Worker owns shards: it is what bus.Consume hands partitions to.
type Worker struct {
	Store     *store.Store
	Publisher *bus.Publisher   // for messages that arrived in the wrong partition
	Lookup    *bus.TopicReader // verifies that a topic still holds what was taken from it; nil: not verified
	Clock     clock.Clock
	Policy    billing.Policy
	Log       *slog.Logger
	Observer  Observer
	Spans     telemetry.Spans // of commands that come within a trace
	// ChunkEmployees is how many employees one transaction of a run bills; 0 means chunkEmployeesMax.
	ChunkEmployees int
	// Catalog is the process's, shared with its other parts; nil: the worker has its own.
	Catalog *catalog.Reader
	// Keys verify signatures of commands; nil: none are verified. Unsigned is what happens to commands without one;
	// OnUnsigned, if there is one, counts them.
	Keys       *keyring.Ring
	Unsigned   signing.Unsigned
	OnUnsigned func(shard int32)

	catalogOnce sync.Once
	limiterOnce sync.Once
	limiter     limiter
	watch       claimWatch
	requests    requests
	mu          sync.Mutex
	claims      map[store.ShardID]freshClaim // that Work has not taken over yet

	// For tests: what is called before each decision, how often the watchdog compares progress, and by what.
	trap          func(kind, id string) error
	recordTime    bool // the time of a record counts whatever the clock is
	watchdogTick  time.Duration
	notYetMax     time.Duration // how long a shard waits for others; 0: notYetMax
	processorTime func() time.Duration
}

// freshClaim is a claim whose partition no goroutine works on yet.
type freshClaim struct {
	claim  store.Claim
	newest int64 // offset behind the newest message of the partition at the claim
}

// Observer sees what the worker does; telemetry implements it, Quiet does nothing.
type Observer interface {
	// Batch is a transaction of commands, from their decoding on.
	Batch(shard int32, commands int, took time.Duration, trace string)
	// Outcome is one outcome of a command.
	Outcome(shard int32, status string)
	// Parked is one message that is parked.
	Parked(shard int32, reason string)
	// Chunk is a run's step through employees.
	Chunk(shard int32, examined, lines int)
	// Retried is one more try of a step after a fault of the infrastructure.
	Retried(step string)
}

// Quiet is an Observer that does nothing.
type Quiet struct{}

// Batch does nothing.
func (Quiet) Batch(int32, int, time.Duration, string) {}

// Outcome does nothing.
func (Quiet) Outcome(int32, string) {}

// Parked does nothing.
func (Quiet) Parked(int32, string) {}

// Chunk does nothing.
func (Quiet) Chunk(int32, int, int) {}

// Retried does nothing.
func (Quiet) Retried(string) {}

// owner is the ownership of one shard; one goroutine has it.
type owner struct {
	*Worker
	claim      store.Claim
	topic      string
	reading    reading
	runs       *openRun // the oldest open run of the shard
	runsKnown  bool
	held       []bus.Message // taken of the partition, and decided after the run
	busy       bool          // the last round found something to do besides commands
	lastTick   time.Time     // business time of the last complete tick
	seen       time.Time     // business time of the last round
	passed     passed        // while deletions are halted
	sender     sender        // of the last command
	purged     time.Time     // real time of the last purge of outcomes
	verified   store.Claim
	verifiedAt time.Time // real time at which the claim was last known to be the database's
	warned     time.Time // real time of the last line about unsigned commands
	waitUntil  time.Time // real time until which it waits for other shards, or has waited
}

// Claim fences the shard of a partition and returns the offset at which to continue. From here on the former owner's
// writes match nothing.
func (w *Worker) Claim(ctx context.Context, topic string, partition int32, state bus.TopicState) (int64, error) {
	shard, ok := contract.ShardOf(topic, partition)
	if !ok {
		return 0, fmt.Errorf("worker: %s is not a topic of commands", topic)
	}
	at := state.Partitions[partition]
	claim, err := w.Store.Claim(ctx, store.ShardID(shard), store.Topic{
		Name: topic, Partition: partition, ID: state.ID, Partitions: state.Count(), Oldest: at.Oldest, Newest: at.Newest,
	})
	if err != nil {
		return 0, err
	}
	if err := w.verifyLastRecord(ctx, topic, partition, at.Oldest, claim); err != nil {
		return 0, err
	}
	if err := w.catalogs().Verify(ctx); err != nil {
		return 0, err
	}
	if err := w.publishPolicy(ctx, claim.Shard); err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.claims == nil {
		w.claims = map[store.ShardID]freshClaim{}
	}
	w.claims[claim.Shard] = freshClaim{claim: claim, newest: at.Newest}
	return claim.NextOffset, nil
}

// recordHash identifies the content of a message, whatever carried it.
func recordHash(m bus.Message) []byte {
	h := sha256.New()
	h.Write(m.Key)
	h.Write(m.Value)
	return h.Sum(nil)
}

// subjectOf returns the state of a stream from its stored row, or before its first event.
func subjectOf(stream string, row store.Subject, decode func([]byte, domain.Subject) error) (domain.Subject, error) {
	s, err := domain.NewSubject(stream)
	if err != nil || row.Version == 0 || len(row.State) == 0 {
		return s, err
	}
	if err := decode(row.State, s); err != nil {
		return nil, fmt.Errorf("worker: state of %s@%d: %w", stream, row.Version, err)
	}
	return s, nil
}
