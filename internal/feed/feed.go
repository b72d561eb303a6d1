package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/projections"
)

const (
	// lanesDefault is how many goroutines of a subscriber take pages: while one waits for the database or the broker, the
	// other folds. More bring nothing on a few cores, and make pages smaller.
	lanesDefault = 2
	// leaseDefault is how long a dead process keeps its shards from the others. It is renewed four times in that time.
	leaseDefault = 6 * time.Second
	// releaseTime bounds giving the leases back when the process stops; what is not given back runs out by itself.
	releaseTime = 3 * time.Second
)

// Publisher sends messages and returns when all are safe; those of one key arrive in the order given. *bus.Publisher is one.
type Publisher interface {
	// Publish fails when it is not known of every message that it is safe; they are then published again.
	Publish(ctx context.Context, messages []bus.Message) error
}

// Observer hears what the feed does. *telemetry.Metrics is one. Its methods are called by many goroutines.
type Observer interface {
	// FeedAt tells how far a subscriber is in a shard that ends at head.
	FeedAt(subscriber string, shard int32, position, head int64)
	// FeedGone tells that the shard is another process's now.
	FeedGone(subscriber string, shard int32)
	// Relayed counts messages that were acknowledged, repetitions included.
	Relayed(topic string, n int)
	// Retried counts one more try of a step.
	Retried(step string)
	// ShardStopped tells that a subscriber stands still in a shard, for one of the reasons of Stop.
	ShardStopped(shard int32, reason string)
	// Beat tells that a loop came round.
	Beat(loop string, at time.Time)
}

// Subscriber reads the log with a checkpoint of its own in each shard.
type Subscriber interface {
	// Name is that of the checkpoints in the database; it never changes.
	Name() string
	// Head is the end of what it reads in a shard.
	Head(h store.Head) int64
	// Take reads on behind the positions of leases, at most limit of each, hands that over and moves the checkpoints. All
	// of it takes effect or none, but for what a relay has published. busy tells that there was something to do but moving
	// on. An error that is a *Stop ends the reading of its shard; after any other the same leases are tried again.
	Take(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error)
}

// Stop says that a subscriber cannot go on in a shard and must not skip: a type that this build does not know, bytes that do
// not decode, or a gap.
type Stop struct {
	Shard    store.ShardID
	Position int64  // of the event that cannot be taken
	Reason   string // one of a few words: unknown-type, undecodable, gap, unroutable
	Err      error
}

// Error names the place and the cause.
func (s *Stop) Error() string {
	return fmt.Sprintf("feed: stopped in shard %d before position %d: %s: %v", s.Shard, s.Position, s.Reason, s.Err)
}

// Unwrap gives the cause.
func (s *Stop) Unwrap() error { return s.Err }

// The reasons of a Stop.
const (
	StopUnknownType = "unknown-type" // an event of a newer version
	StopUndecodable = "undecodable"  // bytes that are not what was written
	StopGap         = "gap"          // positions are not dense
	StopUnroutable  = "unroutable"   // an event that has no topic
)

// Config says what runs. Store is required; the rest has a default.
type Config struct {
	Store *store.Store
	// Publisher is where the default relay publishes; without one there is no relay.
	Publisher Publisher
	// Catalog is the process's, shared with its other parts; nil: one for the subscribers.
	Catalog *catalog.Reader
	// Subscribers are those that run; nil means Subscribers(Store, Catalog, Publisher, Observer).
	Subscribers []Subscriber
	// Owner names this start of the process in the leases: a former life of it must have had another name. Empty: a random one.
	Owner string
	// Hint tells of news sooner than the next poll would; nobody needs to send.
	Hint <-chan struct{}
	// LeaseTTL is how long a dead process keeps its shards; 0 means 6 s.
	LeaseTTL time.Duration
	Log      *slog.Logger
	Observer Observer
}

// Subscribers are all that a process runs: every projection, and where there is a publisher the relays of events and of
// outcomes. They share one reader of the log, and the process's catalogue.
func Subscribers(s *store.Store, catalogs *catalog.Reader, p Publisher, o Observer) []Subscriber {
	if o == nil {
		o = deaf{}
	}
	if catalogs == nil {
		catalogs = catalog.New(s, nil)
	}
	reader := NewSharedReader(s, catalogs)
	var all []Subscriber
	for _, projection := range projections.All() {
		all = append(all, Project(reader, projection))
	}
	if p != nil {
		all = append(all, Relay(reader, p, o), RelayOutcomes(s, p, o))
	}
	return all
}

func (c *Config) complete() error {
	if c.Store == nil {
		return errors.New("feed: no store")
	}
	if c.Observer == nil {
		c.Observer = deaf{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Subscribers == nil {
		c.Subscribers = Subscribers(c.Store, c.Catalog, c.Publisher, c.Observer)
	}
	if c.Owner == "" {
		c.Owner = uuid.NewString()
	}
	if c.LeaseTTL == 0 {
		c.LeaseTTL = leaseDefault
	}
	return nil
}

// Run drives the subscribers until ctx ends, then gives their leases back and returns nil. Faults of database and broker are
// waited out without end; a subscriber that cannot go on in a shard says so and stands still there, and the others go on.
// The error is one of the configuration.
func Run(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	heads := newHeads(c.Store, c.Hint, c.Log, c.Observer)
	var g errgroup.Group
	g.Go(func() error { heads.run(ctx); return nil })
	for _, sub := range c.Subscribers {
		k := newKeeper(&c, sub, heads)
		g.Go(func() error { drive(ctx, k); return nil })
	}
	return g.Wait()
}

// drive runs one subscriber. Its leases are given back after its lanes have ended: a lane may be in a transaction.
func drive(ctx context.Context, k *keeper) {
	var g errgroup.Group
	g.Go(func() error { k.run(ctx); return nil })
	for i := range lanesDefault {
		l := &lane{keeper: k, index: i}
		g.Go(func() error { l.run(ctx); return nil })
	}
	_ = g.Wait()
	k.leave(context.WithoutCancel(ctx))
}

// deaf is an observer that hears nothing.
type deaf struct{}

// FeedAt hears nothing.
func (deaf) FeedAt(string, int32, int64, int64) {}

// FeedGone hears nothing.
func (deaf) FeedGone(string, int32) {}

// Relayed hears nothing.
func (deaf) Relayed(string, int) {}

// Retried hears nothing.
func (deaf) Retried(string) {}

// ShardStopped hears nothing.
func (deaf) ShardStopped(int32, string) {}

// Beat hears nothing.
func (deaf) Beat(string, time.Time) {}
