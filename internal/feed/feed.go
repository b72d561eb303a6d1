package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"tenure/internal/store"
)

const (
	// loopsDefault is how many goroutines of a subscriber handle pages: while one waits for the database or the broker,
	// the other folds. More bring nothing on a few cores, and make pages smaller.
	loopsDefault = 2
	// leaseDefault is how long a dead process keeps its shards from the others. It is renewed four times in that time.
	leaseDefault = 6 * time.Second
	// releaseTime bounds giving the leases back when the process stops; what is not given back runs out by itself.
	releaseTime = 3 * time.Second
)

// Observer is told what the feed does. *telemetry.Metrics is one. Its methods are called by many goroutines.
type Observer interface {
	// FeedAt reports how far a subscriber is in a shard that ends at head.
	FeedAt(subscriber string, shard int32, position, head int64)
	// FeedGone reports that the shard is another process's now.
	FeedGone(subscriber string, shard int32)
	// Retried counts one more attempt of a step.
	Retried(step string)
	// ShardBlocked reports that a subscriber has not got on in a shard for a while; it is tried again. FeedAt or FeedGone
	// of the shard ends it.
	ShardBlocked(subscriber string, shard int32, since time.Duration)
	// ShardStopped reports that a subscriber is stopped in a shard, for one of the reasons of Stop.
	ShardStopped(subscriber string, shard int32, reason string)
	// Beat reports that a loop made a round.
	Beat(loop string, at time.Time)
}

// Subscriber reads the log with its own checkpoint in each shard.
type Subscriber interface {
	// Name is that of the checkpoints in the database; it never changes.
	Name() string
	// Head is the end of what it reads in a shard.
	Head(h store.Head) int64
	// Handle reads behind the positions of leases, at most limit of each, hands that over and moves the checkpoints. All
	// of it takes effect or none, but for what a relay has published. busy reports that there was something to do besides
	// moving a checkpoint. An error that is a *Stop ends the reading of its shard; after any other the same leases are
	// tried again. An error that is ShardErrors concerns the shards that it names; the others are through.
	Handle(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error)
}

// checker is a subscriber that is to be asked once under each lease although there is no news, because it compares
// something first: a relay whose topics know more than its log has to say so when it starts, and not with the next
// event.
type checker interface {
	// ChecksFirst reports whether it does.
	ChecksFirst() bool
}

// ShardErrors are the errors of those shards of a step that failed, while its others are through.
type ShardErrors map[store.ShardID]error

// Error names the shards.
func (e ShardErrors) Error() string {
	var text []string
	for _, shard := range slices.Sorted(maps.Keys(e)) {
		text = append(text, fmt.Sprintf("shard %d: %v", shard, e[shard]))
	}
	return "feed: " + strings.Join(text, "; ")
}

// Unwrap returns the errors.
func (e ShardErrors) Unwrap() []error { return slices.Collect(maps.Values(e)) }

// OrNil is the error, or nil when there is none.
func (e ShardErrors) OrNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// Stop says that a subscriber cannot continue in a shard and must not skip: a type that this build does not know, bytes
// that do not decode, or a gap.
type Stop struct {
	Shard    store.ShardID
	Position int64  // of the event that cannot be handled
	Reason   string // one of a few words: unknown-type, undecodable, gap, or a reason of the relay
	Err      error
}

// Error names the place and the cause.
func (s *Stop) Error() string {
	return fmt.Sprintf("feed: stopped in shard %d before position %d: %s: %v", s.Shard, s.Position, s.Reason, s.Err)
}

// Unwrap returns the cause.
func (s *Stop) Unwrap() error { return s.Err }

// The reasons of a Stop.
const (
	StopUnknownType = "unknown-type" // an event of a newer version
	StopUndecodable = "undecodable"  // bytes that are not what was written
	StopGap         = "gap"          // positions are not dense
	StopLostHistory = "lost-history" // the checkpoint is of events that the log does not have
)

// Config says what runs. Store is required; the rest has a default.
type Config struct {
	Store *store.Store
	// Subscribers are those that run; at least one.
	Subscribers []Subscriber
	// Owner names this start of the process in the leases: a former start must have had another name. Empty: a random one.
	Owner string
	// Hint announces news sooner than the next poll would; nobody needs to send.
	Hint <-chan struct{}
	// LeaseTTL is how long a dead process keeps its shards; 0 means 6 s.
	LeaseTTL time.Duration
	Log      *slog.Logger
	Observer Observer
	// Traced is told of a page of a subscriber's, one a second at most for each of its loops; nil: nobody is.
	Traced func(subscriber string, began time.Time, shards int, lag int64)
}

func (c *Config) complete() error {
	if c.Store == nil {
		return errors.New("feed: no store")
	}
	if c.Observer == nil {
		c.Observer = Quiet{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if len(c.Subscribers) == 0 {
		return errors.New("feed: no subscribers")
	}
	if c.Owner == "" {
		c.Owner = uuid.NewString()
	}
	if c.LeaseTTL == 0 {
		c.LeaseTTL = leaseDefault
	}
	return nil
}

// Run drives the subscribers until ctx ends, then gives their leases back and returns nil. Faults of database and
// broker are waited out without end; a subscriber that cannot continue in a shard is stopped there, loudly, and the
// others continue. The error is one of the configuration.
func Run(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	heads := newHeads(c.Store, c.Hint, c.Log, c.Observer)
	var g errgroup.Group
	g.Go(func() error { heads.run(ctx); return nil })
	for _, sub := range c.Subscribers {
		m := newLeases(&c, sub, heads)
		g.Go(func() error { drive(ctx, m); return nil })
	}
	return g.Wait()
}

// drive runs one subscriber. Its leases are given back after its loops have ended: a loop may be in a transaction.
func drive(ctx context.Context, m *leases) {
	var g errgroup.Group
	g.Go(func() error { m.run(ctx); return nil })
	for i := range loopsDefault {
		l := &loop{leases: m, index: i}
		g.Go(func() error { l.run(ctx); return nil })
	}
	_ = g.Wait()
	m.releaseAll(context.WithoutCancel(ctx))
}

// Quiet is an Observer that does nothing.
type Quiet struct{}

// FeedAt does nothing.
func (Quiet) FeedAt(string, int32, int64, int64) {}

// FeedGone does nothing.
func (Quiet) FeedGone(string, int32) {}

// Retried does nothing.
func (Quiet) Retried(string) {}

// ShardBlocked does nothing.
func (Quiet) ShardBlocked(string, int32, time.Duration) {}

// ShardStopped does nothing.
func (Quiet) ShardStopped(string, int32, string) {}

// Beat does nothing.
func (Quiet) Beat(string, time.Time) {}
