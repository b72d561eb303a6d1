package feed

import (
	"context"
	"sync"
	"time"

	"tenure/internal/store"
)

// freshnessEvery is how often the checkpoints are compared with the heads of the shards.
const freshnessEvery = time.Second

// Freshness measures for how long a subscriber has not had all events of a shard, by this machine's clock: business
// time may be simulated, and a head that was reached once was complete at that moment.
type Freshness struct {
	store      *store.Store
	subscriber string
	now        func() time.Time

	mu     sync.Mutex
	since  time.Time
	shards map[store.ShardID]freshShard
}

// freshShard is what is known of one shard.
type freshShard struct {
	complete time.Time // the subscriber had everything that was there then
	head     int64     // to be reached next
	headAt   time.Time // when it was the head
}

// NewFreshness measures a subscriber. Until it has looked, every shard counts as complete now.
func NewFreshness(s *store.Store, subscriber string) *Freshness {
	return &Freshness{
		store: s, subscriber: subscriber, now: time.Now, since: time.Now(), shards: map[store.ShardID]freshShard{},
	}
}

// Run measures until ctx ends. While the database cannot be read, every shard falls behind.
func (f *Freshness) Run(ctx context.Context) {
	ticker := time.NewTicker(freshnessEvery)
	defer ticker.Stop()
	for {
		at := f.now()
		if all, err := progress(ctx, f.store, sqlProgress); err == nil {
			f.note(all, at)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// note takes what was read at a time.
func (f *Freshness) note(all []Progress, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range all {
		if p.Subscriber != f.subscriber {
			continue
		}
		known, seen := f.shards[p.Shard]
		switch {
		case p.Position >= p.Head:
			known = freshShard{complete: at, head: p.Head, headAt: at}
		case !seen:
			known = freshShard{complete: f.since, head: p.Head, headAt: at}
		case p.Position >= known.head:
			known = freshShard{complete: known.headAt, head: p.Head, headAt: at}
		}
		f.shards[p.Shard] = known
	}
}

// Behind returns how long ago the subscriber last had everything of a shard.
func (f *Freshness) Behind(shard int32) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	complete := f.since
	if known, ok := f.shards[store.ShardID(shard)]; ok {
		complete = known.complete
	}
	return max(f.now().Sub(complete), 0)
}
