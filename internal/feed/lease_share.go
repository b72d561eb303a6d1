package feed

import (
	"context"
	"slices"
	"time"

	"tenure/internal/store"
)

// join takes or renews this process's membership slot and returns its rank among those that are taken.
func (m *leases) join(ctx context.Context) (rank, members int, err error) {
	name := m.sub.Name() + memberSuffix
	if m.slot != nil {
		if m.slot, err = m.slotAt(ctx, name, m.slot.Shard); err != nil {
			return 0, 0, err
		}
	}
	for number := store.ShardID(0); m.slot == nil && number < membersMax; number++ {
		if m.slot, err = m.slotAt(ctx, name, number); err != nil {
			return 0, 0, err
		}
	}
	if m.slot == nil {
		return 0, 0, nil
	}
	return countMembers(ctx, m.store, name, m.slot.Shard)
}

// slotAt takes or renews the slot of a number; nil when another process has it.
func (m *leases) slotAt(ctx context.Context, name string, number store.ShardID) (*store.Lease, error) {
	got, err := m.store.Lease(ctx, name, []store.ShardID{number}, m.owner, m.ttl)
	if err != nil {
		return m.slot, err
	}
	if len(got) == 0 {
		return nil, nil
	}
	return &got[0], nil
}

// share lists the shards that are this process's: every members-th, beginning with its rank. Without a slot it has
// none.
func (m *leases) share(rank, members int) []store.ShardID {
	known, _ := m.heads.now()
	all := make([]store.ShardID, 0, len(known))
	for id := range known {
		all = append(all, id)
	}
	slices.Sort(all)
	m.mu.Lock()
	defer m.mu.Unlock()
	var mine []store.ShardID
	for i, id := range all {
		if members > 0 && i%members == rank && !m.stopped[id] {
			mine = append(mine, id)
		}
	}
	return mine
}

// releaseSpare releases what is held beyond the share. What a loop handles stays until the next time.
func (m *leases) releaseSpare(ctx context.Context, share []store.ShardID) error {
	var spare []store.Lease
	m.mu.Lock()
	for id, h := range m.held {
		if !h.busy && !slices.Contains(share, id) {
			spare = append(spare, h.Lease)
			m.drop(id)
		}
	}
	m.mu.Unlock()
	if len(spare) == 0 {
		return nil
	}
	return m.store.Release(ctx, spare...)
}

// drop removes a lease; the caller holds mu.
func (m *leases) drop(id store.ShardID) {
	delete(m.held, id)
	m.observer.FeedGone(m.sub.Name(), int32(id))
}

// keep records what a renewal brought.
func (m *leases) keep(share []store.ShardID, leases []store.Lease, until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := make(map[store.ShardID]store.Lease, len(leases))
	for _, l := range leases {
		got[l.Shard] = l
	}
	for _, id := range share {
		found, own := got[id]
		h := m.held[id]
		switch {
		case !own && h != nil:
			m.drop(id)
		case own && (h == nil || h.Epoch != found.Epoch):
			m.held[id] = &lease{Lease: found, until: until, loop: m.emptiest()}
			m.grant(m.held[id], m.heads.interruptions())
		case own:
			h.until = until
			m.compare(h, found)
		}
	}
	close(m.changed)
	m.changed = make(chan struct{})
}

// grant begins a lease; the caller holds mu.
func (m *leases) grant(h *lease, breaks int64) {
	m.grants++
	h.Grant, h.breaks, h.handled = m.grants, breaks, false
}

// grantAgain begins the leases of a loop again where another database answers than when they were granted: their rows
// may be as they were before another process held them, so that nothing that was found under them holds. The loop
// handles none of them; the caller holds mu.
func (m *leases) grantAgain(loop int, breaks int64) {
	for _, h := range m.held {
		if h.loop == loop && h.breaks != breaks {
			m.grant(h, breaks)
		}
	}
}

// compare takes the database's checkpoint where the lease's own is not certain. One that differs from it is not any
// more: the database may have lost what was read, or a loop has moved it since. The next renewal decides.
func (m *leases) compare(h *lease, found store.Lease) {
	switch {
	case h.busy:
	case h.uncertain:
		h.Moved(found.Place())
		h.uncertain = false
	case !found.Place().Equal(h.Place()):
		h.uncertain = true
		m.renewSoon()
	}
}

// emptiest is the loop with the fewest shards; the caller holds mu.
func (m *leases) emptiest() int {
	var load [loopsDefault]int
	for _, h := range m.held {
		load[h.loop]++
	}
	least := 0
	for loop, n := range load {
		if n < load[least] {
			least = loop
		}
	}
	return least
}
