package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/relay"
	"tenure/internal/store"
)

const (
	// pageMax is how many positions are read and published at once: a megabyte or so, some ten milliseconds.
	pageMax = 2_000
	// leaseDefault is how long nobody else takes over a replay whose runner was killed.
	leaseDefault = 6 * time.Second
	// keptDays is how long what a replay published stays on its topic: a consumer that fell behind for a month's close
	// takes less.
	keptDays = 30
)

var (
	// ErrNothing says that no part of the log is asked for.
	ErrNothing = errors.New("there is nothing to replay")
	// ErrUnknown says that there is no replay of that name.
	ErrUnknown = errors.New("there is no replay of that name; see: tenure replay list")
	// ErrPaused says that the replay was paused.
	ErrPaused = errors.New("the replay is paused")
	// ErrHeld says that another party runs the replay, or did until a moment ago.
	ErrHeld = errors.New("another process runs the replay")
	// ErrTaken says that the topic holds what no replay put there.
	ErrTaken = errors.New("the topic exists and no replay has written to it: choose another name")
)

// Clock is time as a runner sees it.
type Clock struct {
	Now func() time.Time
	// Sleep returns early, with its error, when ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
}

// RealClock is the machine's.
func RealClock() Clock {
	return Clock{Now: time.Now, Sleep: func(ctx context.Context, d time.Duration) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// Runner plans, starts and runs replays. All fields but Tell and LeaseTTL are required.
type Runner struct {
	Store     *store.Store
	Kafka     bus.Config
	Lookup    *bus.TopicReader
	Publisher relay.Publisher
	Clock     Clock
	// LeaseTTL is how long nobody takes over from a runner that was killed; 0 means 6 s.
	LeaseTTL time.Duration
	// Tell hears how far a replay is, each time that it got further; may be nil.
	Tell func(store.Replay)
}

// Start writes a replay down and makes its topics; Run then publishes. The errors are ErrNothing, ErrTaken,
// store.ErrReplayExists, those of Request.Check, and faults of database and brokers.
func (r *Runner) Start(ctx context.Context, o Request) (store.Replay, error) {
	if err := o.Check(); err != nil {
		return store.Replay{}, err
	}
	spans, err := r.spans(ctx, o, sourceFor(r.Store, o))
	if err != nil {
		return store.Replay{}, err
	}
	if len(spans) == 0 {
		return store.Replay{}, ErrNothing
	}
	if err := r.ensureTopics(ctx, o); err != nil {
		return store.Replay{}, err
	}
	filter, err := json.Marshal(o.Filter)
	if err != nil {
		return store.Replay{}, fmt.Errorf("replay: write the filter: %w", err)
	}
	row := store.Replay{
		Name: o.Name, Target: o.Topic, Missing: o.Missing, Filter: filter, Rate: o.Rate, Reason: o.Reason, Who: o.Who,
	}
	for _, s := range spans {
		row.Shards = append(row.Shards, asShard(s))
	}
	if err := r.Store.CreateReplay(ctx, row); err != nil {
		return store.Replay{}, fmt.Errorf("replay: start %s: %w", o.Name, err)
	}
	row, _, err = r.Store.Replay(ctx, o.Name)
	return row, err
}

func asShard(s store.Span) store.ReplayShard {
	return store.ReplayShard{Shard: s.Shard, First: s.First, Last: s.Last, Position: s.First - 1}
}

// ensureTopics makes the topics of a replay with as many partitions as employee.events has, so that a key lies where it
// always does. What is missing on one of our topics is not a reason to make that: tenure topics create is.
func (r *Runner) ensureTopics(ctx context.Context, o Request) error {
	like := contract.EmployeeEvents
	if o.Missing {
		like = o.Topic
	}
	states, err := r.Lookup.TopicStates(ctx, []string{like})
	if bus.NoTopic(err) {
		return fmt.Errorf("%w; make it again with: tenure topics create --yes", err)
	}
	if err != nil || o.Missing {
		return err
	}
	specs := make([]bus.TopicSpec, 0, len(o.topics()))
	for _, topic := range o.topics() {
		if err := r.own(ctx, o, topic); err != nil {
			return err
		}
		specs = append(specs, bus.ReplayTopic(topic, states[0].Count(), keptDays))
	}
	return bus.EnsureTopics(ctx, r.Kafka, specs)
}

// own refuses a topic with messages that no replay wrote.
func (r *Runner) own(ctx context.Context, o Request, topic string) error {
	states, err := r.Lookup.TopicStates(ctx, []string{topic})
	if bus.NoTopic(err) {
		return nil
	}
	if err != nil {
		return err
	}
	used := false
	for _, p := range states[0].Partitions {
		used = used || p.Newest > 0
	}
	if !used {
		return nil
	}
	replays, err := r.Store.Replays(ctx)
	if err != nil {
		return err
	}
	for _, one := range replays {
		if one.Target == o.Topic {
			return nil
		}
	}
	return fmt.Errorf("topic %s: %w", topic, ErrTaken)
}

// published is how far a relay is in each shard.
func (r *Runner) published(ctx context.Context, reader string) (map[store.ShardID]int64, error) {
	all, err := feed.ProgressOf(ctx, r.Store)
	if err != nil {
		return nil, err
	}
	at := map[store.ShardID]int64{}
	for _, p := range all {
		if p.Subscriber == reader {
			at[p.Shard] = p.Position
		}
	}
	return at, nil
}

// choice gives what a replay publishes of a record.
type choice func(shard store.ShardID, r *record) []bus.Message

// chooser makes the choice of an order; about what is missing it reads the topic first and tells what it has.
func (r *Runner) chooser(ctx context.Context, o Request, from source, spans []store.Span) (choice, *presence, error) {
	if !o.Missing {
		return func(_ store.ShardID, rec *record) []bus.Message {
			if !o.Filter.wantsRecord(rec) {
				return nil
			}
			return o.readdress(rec.messages)
		}, nil, nil
	}
	seen, err := scan(ctx, r.Lookup, o.Topic, spans)
	if err != nil {
		return nil, nil, fmt.Errorf("replay: read %s: %w", o.Topic, err)
	}
	heads, err := r.Store.Heads(ctx) // after the scan: what was published by then is in the log
	if err != nil {
		return nil, nil, err
	}
	if err := seen.check(func(shard store.ShardID) int64 { return from.head(heads[shard]) }); err != nil {
		return nil, nil, fmt.Errorf("replay: %s: %w", o.Topic, err)
	}
	return func(shard store.ShardID, rec *record) []bus.Message {
		if !o.Filter.wantsRecord(rec) {
			return nil
		}
		return seen.lacking(o, shard, rec)
	}, seen, nil
}

// Run publishes what a replay has not published yet and returns it as it is then. It goes on where it was when its
// runner was killed. ErrPaused and ErrHeld tell why it is not done; after any other error, and when ctx ends, it can be
// run again.
func (r *Runner) Run(ctx context.Context, name string) (store.Replay, error) {
	j, err := r.open(ctx, name)
	if err == nil && j != nil {
		err = j.run(ctx)
		j.leave(context.WithoutCancel(ctx))
	}
	row, found, again := r.Store.Replay(context.WithoutCancel(ctx), name)
	if again == nil && !found {
		return row, ErrUnknown
	}
	return row, errors.Join(err, again)
}

// open takes a replay in hand; nil when there is nothing left to do.
func (r *Runner) open(ctx context.Context, name string) (*job, error) {
	row, found, err := r.Store.Replay(ctx, name)
	if err != nil {
		return nil, err
	}
	switch {
	case !found:
		return nil, ErrUnknown
	case row.State == store.ReplayDone:
		return nil, nil
	case row.State == store.ReplayPaused:
		return nil, ErrPaused
	}
	j := &job{
		Runner: r, row: row, owner: uuid.NewString(), ttl: r.LeaseTTL,
		order: Request{Name: row.Name, Topic: row.Target, Missing: row.Missing, Rate: row.Rate},
	}
	if j.ttl == 0 {
		j.ttl = leaseDefault
	}
	if err := json.Unmarshal(row.Filter, &j.order.Filter); err != nil {
		return nil, fmt.Errorf("replay: read the filter of %s: %w", name, err)
	}
	return j, j.prepare(ctx)
}
