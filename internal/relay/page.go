package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// publishWait is how long a step waits for the brokers to acknowledge its pages. Most take some milliseconds. A page
// that takes longer, because a partition has no leader or too few replicas, stays on its way, and its shard alone waits
// for it.
const publishWait = 2 * time.Second

// errOnItsWay says that a page has no acknowledgement yet. It is not sent again: the publisher keeps trying, in the
// order in which it was given the messages.
var errOnItsWay = errors.New("relay: a page is not acknowledged yet")

// errLostPart says that a partition has lost messages while a page was on its way to it, perhaps some of the page.
var errLostPart = errors.New("relay: a partition of a page has lost messages: the page is compared with its topics")

// page is what is published of a shard in one step.
type page struct {
	epoch  int64       // of the lease under which it is published
	from   store.Place // the checkpoint
	last   store.Place // the checkpoint once it is acknowledged
	counts map[string]int
	losses int64      // when it was begun
	ends   pageEnds   // once it is acknowledged
	done   chan error // gets the result, once
}

// Handle publishes a page of each shard, each by itself, then moves the checkpoints of those that are acknowledged.
// Under a new lease, and after an error, it first reads what the topics end with: what was published before a
// checkpoint was lost is not published again. The error is a feed.ShardErrors where only some shards failed.
func (r *relay) Handle(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	failed := feed.ShardErrors{}
	ready := r.settled(leases, failed)
	if err := r.check.before(ctx, ready); err != nil {
		return false, err
	}
	var under []*store.Lease // a page of them is on its way
	for _, lease := range ready {
		switch started, err := r.begin(ctx, lease, limit); {
		case err != nil:
			r.check.reset([]*store.Lease{lease})
			failed[lease.Shard] = err
		case started:
			under = append(under, lease)
		}
	}
	moves := feed.Moves{Batch: &pgx.Batch{}}
	busy = r.collect(ctx, under, &moves, failed)
	if err := moves.Commit(ctx, r.check.store); err != nil {
		r.check.reset(leases)
		return false, err
	}
	r.check.moved(under)
	return busy, failed.OrNil()
}

// settled returns the leases of which no page of a former lease is on its way: what the topics end with can be compared
// only once it is known what is there.
func (r *relay) settled(leases []*store.Lease, failed feed.ShardErrors) []*store.Lease {
	r.mu.Lock()
	defer r.mu.Unlock()
	ready := make([]*store.Lease, 0, len(leases))
	for _, lease := range leases {
		p := r.pending[lease.Shard]
		if p == nil || p.epoch == lease.Epoch && p.from.Equal(lease.Place()) {
			ready = append(ready, lease)
			continue
		}
		select {
		case err := <-p.done:
			_ = err // the topics show how far it came
			delete(r.pending, lease.Shard)
			ready = append(ready, lease)
		default:
			failed[lease.Shard] = fmt.Errorf("%w: that of a former lease", errOnItsWay)
		}
	}
	return ready
}

// begin starts to publish the next page of a shard, unless one is on its way. started is false when there is nothing to
// do.
func (r *relay) begin(ctx context.Context, lease *store.Lease, limit int) (started bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending[lease.Shard] != nil {
		return true, nil
	}
	messages, last, err := r.check.expect(ctx, lease.Shard, lease.Place(), limit)
	if err != nil && last.Position == lease.Position {
		return false, err
	}
	if last.Position == lease.Position {
		return false, nil
	}
	p := &page{epoch: lease.Epoch, from: lease.Place(), last: last, counts: map[string]int{}, ends: pageEnds{},
		losses: r.check.losses(), done: make(chan error, 1)}
	messages = r.check.lacking(lease, messages, p.ends)
	for i := range messages {
		messages[i].Offset = -1 // not known
		p.counts[messages[i].Topic]++
	}
	r.pending[lease.Shard] = p
	if len(messages) == 0 {
		p.done <- nil
		return true, nil
	}
	store.Step("relay.read")
	go func(messages []bus.Message) {
		err := r.publisher.Publish(ctx, messages)
		if err == nil {
			p.ends.published(messages)
		}
		p.done <- err
	}(messages)
	return true, nil
}

// collect waits for the pages of the leases, and queues the moves of those that are acknowledged.
func (r *relay) collect(ctx context.Context, leases []*store.Lease, moves *feed.Moves, failed feed.ShardErrors) (
	busy bool) {
	timeout := time.NewTimer(r.wait)
	defer timeout.Stop()
	late := false
	for _, lease := range leases {
		r.mu.Lock()
		p := r.pending[lease.Shard]
		r.mu.Unlock()
		if p == nil { // the shard was leased again meanwhile, and that loop has settled the page
			failed[lease.Shard] = errOnItsWay
			continue
		}
		err := p.acknowledged(ctx, timeout.C, &late)
		if errors.Is(err, errOnItsWay) {
			failed[lease.Shard] = err
			continue
		}
		r.settle(lease.Shard, p)
		if err == nil && r.check.hasLost(p) {
			err = errLostPart
		}
		if err != nil {
			r.check.reset([]*store.Lease{lease})
			failed[lease.Shard] = err
			continue
		}
		for topic, n := range p.counts {
			r.observer.Relayed(topic, n)
			busy = true
		}
		if err := moves.Published(lease, p.last, r.check.toNote(p)); err != nil {
			failed[lease.Shard] = err
		}
	}
	if busy {
		store.Step("relay.published")
	}
	return busy
}

// acknowledged waits until the broker has acknowledged the page, or has failed to; it is errOnItsWay when the wait ends
// before. Once late, whoever asks does not wait.
func (p *page) acknowledged(ctx context.Context, timeout <-chan time.Time, late *bool) error {
	if *late {
		select {
		case err := <-p.done:
			return err
		default:
			return errOnItsWay
		}
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
	case <-timeout:
	}
	*late = true
	return errOnItsWay
}

// settle forgets a page, unless another one is on its way already.
func (r *relay) settle(shard store.ShardID, p *page) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending[shard] == p {
		delete(r.pending, shard)
	}
}
