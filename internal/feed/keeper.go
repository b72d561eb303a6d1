package feed

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"tenure/internal/store"
)

const (
	// renewals is how often a lease is renewed in its time: three may fail before it is lost.
	renewals = 4
	// membersMax bounds the processes that share the shards of one subscriber.
	membersMax = 64
	// memberSuffix makes the name under which processes that run a subscriber hold one seat each, so that they can share
	// its shards. A seat is a lease on a number instead of a shard.
	memberSuffix = "/members"

	pauseFirst = 50 * time.Millisecond
	pauseMax   = 5 * time.Second
)

// backoff is the pause after so many failures, spread so that shards do not come back at once.
func backoff(failures int) time.Duration {
	pause := pauseMax
	if failures < 8 { // 50 ms * 2^7 is beyond the longest pause
		pause = min(pauseMax, pauseFirst<<max(failures-1, 0))
	}
	return pause/2 + rand.N(pause/2)
}

// keeper holds the leases of one subscriber: it renews them, takes free ones that are this process's share, and gives back
// what became another's.
type keeper struct {
	store    *store.Store
	sub      Subscriber
	heads    *heads
	owner    string
	ttl      time.Duration
	log      *slog.Logger
	observer Observer
	version  int32        // of what the subscriber writes
	seat     *store.Lease // only run touches it
	away     bool         // a newer build has taken over; only run touches it

	mu      sync.Mutex
	held    map[store.ShardID]*holding
	stopped map[store.ShardID]bool // shards in which the subscriber cannot go on in this process
	changed chan struct{}          // closed when held got more
	again   chan struct{}          // asks run to lease at once
}

// holding is a lease and what a lane knows of it.
type holding struct {
	lease    store.Lease
	lane     int
	until    time.Time // by our clock, started before the database's: the lease is not over before
	taking   bool      // a lane has it in hand
	looked   bool      // a lane has had it in hand
	unsure   bool      // the checkpoint may be elsewhere: the next renewal tells
	failures int
	retryAt  time.Time
}

func newKeeper(c *Config, sub Subscriber, h *heads) *keeper {
	return &keeper{
		store: c.Store, sub: sub, heads: h, owner: c.Owner, ttl: c.LeaseTTL, observer: c.Observer,
		version: versionOf(sub),
		log:     c.Log.With("subscriber", sub.Name()),
		held:    make(map[store.ShardID]*holding),
		stopped: make(map[store.ShardID]bool),
		changed: make(chan struct{}), again: make(chan struct{}, 1),
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
func (k *keeper) run(ctx context.Context) {
	known, changed := k.heads.now()
	shards := len(known)
	for failures := 0; ctx.Err() == nil; {
		pause := k.ttl / renewals
		if err := k.renew(ctx); err != nil && ctx.Err() == nil {
			failures++
			pause = min(pause, backoff(failures))
			k.observer.Retried("feed-lease")
			k.log.Warn("feed: waiting to lease again", "error", err, "pause", pause)
		} else {
			failures = 0
		}
		for due := time.After(pause); ; { // a change of the heads matters only when there are new shards
			known, changed = k.heads.now()
			if len(known) != shards {
				shards = len(known)
				break
			}
			if !waitAny(ctx, due, k.again, changed) {
				break
			}
		}
	}
}

// waitAny waits for one of the channels; true: only the heads have changed.
func waitAny(ctx context.Context, due <-chan time.Time, again, changed <-chan struct{}) bool {
	select {
	case <-ctx.Done():
	case <-due:
	case <-again:
	case <-changed:
		return true
	}
	return false
}

// renew takes and gives back leases so that this process holds its share.
func (k *keeper) renew(ctx context.Context) error {
	if outdated, err := k.outdated(ctx); err != nil || outdated {
		return err
	}
	rank, members, err := k.sit(ctx)
	if err != nil {
		return err
	}
	share := k.share(rank, members)
	if err := k.giveBack(ctx, share); err != nil {
		return err
	}
	if len(share) == 0 {
		return nil
	}
	began := time.Now()
	leases, err := k.store.LeaseAs(ctx, k.sub.Name(), k.version, share, k.owner, k.ttl)
	if err != nil {
		return err
	}
	k.keep(share, leases, began.Add(k.ttl))
	return nil
}

// outdated tells whether a newer build keeps the subscriber's rows. Then this process gives its seat and its leases back, so
// that the shards are shared among those that may write.
func (k *keeper) outdated(ctx context.Context) (bool, error) {
	stored, err := k.store.ReaderVersion(ctx, k.sub.Name())
	if err != nil || stored <= k.version {
		k.away = k.away && err != nil
		return false, err
	}
	if !k.away {
		k.away = true
		k.log.Warn("feed: a newer build keeps these rows, this one writes none of them", "version", stored)
	}
	if err := k.giveBack(ctx, nil); err != nil || k.seat == nil {
		return true, err
	}
	seat := *k.seat
	k.seat = nil
	return true, k.store.Release(ctx, seat)
}

// sit takes or renews this process's seat and tells its place among those that are taken.
func (k *keeper) sit(ctx context.Context) (rank, members int, err error) {
	name := k.sub.Name() + memberSuffix
	if k.seat != nil {
		if k.seat, err = k.seatAt(ctx, name, k.seat.Shard); err != nil {
			return 0, 0, err
		}
	}
	for number := store.ShardID(0); k.seat == nil && number < membersMax; number++ {
		if k.seat, err = k.seatAt(ctx, name, number); err != nil {
			return 0, 0, err
		}
	}
	if k.seat == nil {
		return 0, 0, nil
	}
	return seats(ctx, k.store, name, k.seat.Shard)
}

// seatAt takes or renews the seat of a number; nil when another process has it.
func (k *keeper) seatAt(ctx context.Context, name string, number store.ShardID) (*store.Lease, error) {
	got, err := k.store.Lease(ctx, name, []store.ShardID{number}, k.owner, k.ttl)
	if err != nil {
		return k.seat, err
	}
	if len(got) == 0 {
		return nil, nil
	}
	return &got[0], nil
}

// share lists the shards that are this process's: every members-th, beginning with its rank. Without a seat it has none.
func (k *keeper) share(rank, members int) []store.ShardID {
	known, _ := k.heads.now()
	all := make([]store.ShardID, 0, len(known))
	for id := range known {
		all = append(all, id)
	}
	slices.Sort(all)
	k.mu.Lock()
	defer k.mu.Unlock()
	var mine []store.ShardID
	for i, id := range all {
		if members > 0 && i%members == rank && !k.stopped[id] {
			mine = append(mine, id)
		}
	}
	return mine
}

// giveBack releases what is held beyond the share. What a lane has in hand stays until the next time.
func (k *keeper) giveBack(ctx context.Context, share []store.ShardID) error {
	var spare []store.Lease
	k.mu.Lock()
	for id, h := range k.held {
		if !h.taking && !slices.Contains(share, id) {
			spare = append(spare, h.lease)
			k.drop(id)
		}
	}
	k.mu.Unlock()
	if len(spare) == 0 {
		return nil
	}
	return k.store.Release(ctx, spare...)
}

// drop forgets a lease; the caller holds mu.
func (k *keeper) drop(id store.ShardID) {
	delete(k.held, id)
	k.observer.FeedGone(k.sub.Name(), int32(id))
}

// keep notes what a renewal brought.
func (k *keeper) keep(share []store.ShardID, leases []store.Lease, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	got := make(map[store.ShardID]store.Lease, len(leases))
	for _, l := range leases {
		got[l.Shard] = l
	}
	for _, id := range share {
		lease, ours := got[id]
		h := k.held[id]
		switch {
		case !ours && h != nil:
			k.drop(id)
		case ours && (h == nil || h.lease.Epoch != lease.Epoch):
			k.held[id] = &holding{lease: lease, until: until, lane: k.emptiest()}
		case ours:
			h.until = until
			if h.unsure && !h.taking {
				h.lease.Position, h.unsure = lease.Position, false
			}
		}
	}
	close(k.changed)
	k.changed = make(chan struct{})
}

// emptiest is the lane with the fewest shards; the caller holds mu.
func (k *keeper) emptiest() int {
	var load [lanesDefault]int
	for _, h := range k.held {
		load[h.lane]++
	}
	least := 0
	for lane, n := range load {
		if n < load[least] {
			least = lane
		}
	}
	return least
}

// hurry asks for a renewal now.
func (k *keeper) hurry() {
	select {
	case k.again <- struct{}{}:
	default:
	}
}

// leave gives everything back, for the next owner's sake.
func (k *keeper) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, releaseTime)
	defer cancel()
	var all []store.Lease
	k.mu.Lock()
	for id, h := range k.held {
		all = append(all, h.lease)
		k.drop(id)
	}
	k.mu.Unlock()
	if k.seat != nil {
		all = append(all, *k.seat)
	}
	if len(all) == 0 {
		return
	}
	if err := k.store.Release(ctx, all...); err != nil {
		k.log.Warn("feed: leases are not given back, they run out by themselves", "error", err)
	}
}
