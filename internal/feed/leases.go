package feed

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

const (
	// renewals is how often a lease is renewed in its time: three may fail before it is lost.
	renewals = 4
	// membersMax bounds the processes that share the shards of one subscriber.
	membersMax = 64
	// memberSuffix makes the name under which processes that run a subscriber hold one membership slot each, so that they
	// can share its shards. A slot is a lease on a number instead of a shard.
	memberSuffix = "/members"
)

// pauses are the waits after failures of database and broker.
var pauses = backoff.Policy{First: 50 * time.Millisecond, Max: 5 * time.Second}

// leases are the leases of one subscriber: it renews them, takes free ones that are this process's share, and gives
// back what became another's.
type leases struct {
	store    *store.Store
	sub      Subscriber
	heads    *heads
	owner    string
	ttl      time.Duration
	log      *slog.Logger
	observer Observer
	traced   func(subscriber string, began time.Time, shards int, lag int64)
	version  int32        // of what the subscriber writes
	slot     *store.Lease // of its membership; only run touches it
	away     bool         // a newer build has taken over; only run touches it

	mu       sync.Mutex
	grants   int64
	held     map[store.ShardID]*lease
	stopped  map[store.ShardID]bool // shards in which the subscriber cannot continue in this process
	changed  chan struct{}          // closed when held got more
	renewNow chan struct{}          // asks run to lease at once
}

// lease is a lease on a shard and what a loop knows of it.
type lease struct {
	store.Lease
	loop      int
	breaks    int64     // the interruptions behind which it was granted
	until     time.Time // by our clock, started before the database's: the lease is not over before
	busy      bool      // a loop handles it
	handled   bool      // a loop has handled it
	uncertain bool      // the checkpoint may be elsewhere: the next renewal says where
	failures  int
	failing   time.Time // since when
	lost      int       // how often in a row its place was not in the log
	retryAt   time.Time
}

func newLeases(c *Config, sub Subscriber, h *heads) *leases {
	return &leases{
		store: c.Store, sub: sub, heads: h, owner: c.Owner, ttl: c.LeaseTTL, observer: c.Observer,
		traced:  c.Traced,
		version: versionOf(sub),
		log:     c.Log.With("subscriber", sub.Name()),
		held:    make(map[store.ShardID]*lease),
		stopped: make(map[store.ShardID]bool),
		changed: make(chan struct{}), renewNow: make(chan struct{}, 1),
	}
}

// versioned is a subscriber whose rows depend on the build: the rows of a newer one it does not touch.
type versioned interface{ Version() int32 }

// versionOf is the version of what a subscriber writes; those that always write the same are of the first.
func versionOf(sub Subscriber) int32 {
	if v, ok := sub.(versioned); ok {
		return v.Version()
	}
	return 1
}

// run keeps the leases until ctx ends.
func (m *leases) run(ctx context.Context) {
	known, _ := m.heads.now()
	shards := len(known)
	for failures := 0; ctx.Err() == nil; {
		pause := m.ttl / renewals
		if err := m.renew(ctx); err != nil && ctx.Err() == nil {
			failures++
			pause = min(pause, pauses.Pause(failures))
			m.observer.Retried("feed-lease")
			m.log.Warn("feed: leases cannot be renewed, waiting", "error", err, "pause", pause)
		} else {
			failures = 0
		}
		for due := time.After(pause); ; { // a change of the heads matters only when there are new shards
			known, changed := m.heads.now()
			if len(known) != shards {
				shards = len(known)
				break
			}
			if !waitAny(ctx, due, m.renewNow, changed) {
				break
			}
		}
	}
}

// waitAny waits for one of the channels; true: only the heads have changed.
func waitAny(ctx context.Context, due <-chan time.Time, renew, changed <-chan struct{}) bool {
	select {
	case <-ctx.Done():
	case <-due:
	case <-renew:
	case <-changed:
		return true
	}
	return false
}

// renew takes and releases leases so that this process holds its share.
func (m *leases) renew(ctx context.Context) error {
	if outdated, err := m.outdated(ctx); err != nil || outdated {
		return err
	}
	rank, members, err := m.join(ctx)
	if err != nil {
		return err
	}
	share := m.share(rank, members)
	if err := m.releaseSpare(ctx, share); err != nil {
		return err
	}
	if len(share) == 0 {
		return nil
	}
	began := time.Now()
	leases, err := m.store.LeaseAs(ctx, m.sub.Name(), m.version, share, m.owner, m.ttl)
	if err != nil {
		return err
	}
	m.keep(share, leases, began.Add(m.ttl))
	return nil
}

// outdated reports whether a newer build keeps the subscriber's rows. Then this process gives its slot and its leases
// back, so that the shards are shared among those that may write.
func (m *leases) outdated(ctx context.Context) (bool, error) {
	stored, err := m.store.ReaderVersion(ctx, m.sub.Name())
	if err != nil || stored <= m.version {
		m.away = m.away && err != nil
		return false, err
	}
	if !m.away {
		m.away = true
		m.log.Warn("feed: a newer build keeps these rows, this one writes none of them", "version", stored)
	}
	if err := m.releaseSpare(ctx, nil); err != nil || m.slot == nil {
		return true, err
	}
	slot := *m.slot
	m.slot = nil
	return true, m.store.Release(ctx, slot)
}

// renewSoon asks for a renewal now.
func (m *leases) renewSoon() {
	select {
	case m.renewNow <- struct{}{}:
	default:
	}
}

// releaseAll gives everything back, so that the next owner need not wait.
func (m *leases) releaseAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	var all []store.Lease
	m.mu.Lock()
	for id, h := range m.held {
		all = append(all, h.Lease)
		m.drop(id)
	}
	m.mu.Unlock()
	if m.slot != nil {
		all = append(all, *m.slot)
	}
	if len(all) == 0 {
		return
	}
	if err := m.store.Release(ctx, all...); err != nil {
		m.log.Warn("feed: leases are not given back and run out", "error", err)
	}
}
