package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// Operators do not touch what is parked: they leave a request in the database, and the owner of the shard executes it
// under its fence, one transaction at a time. So a repair and the live traffic of a subject are never decided by two, a
// kill in the middle loses nothing, and each transaction of a repair says how far it is. What was done, by whom and
// why, is an event of the shard's log (domain.KindRepair).

// requestPoll is how often a process asks for requests, once for all of its shards: an operator waits for the result.
const requestPoll = 500 * time.Millisecond

// requests caches which shards have requests. The lock is never held while the database is asked: one owner asks, and
// the others go by the last answer meanwhile, so that a slow database holds up one shard and not all of them.
type requests struct {
	mu      sync.Mutex
	polled  time.Time // real time
	polling bool      // an owner asks
	shards  map[store.ShardID]bool
}

// pending reports whether a shard has requests, by the last poll.
func (a *requests) pending(ctx context.Context, s *store.Store, shard store.ShardID) (bool, error) {
	wanted, due := a.last(shard)
	if !due {
		return wanted, nil
	}
	shards, err := s.RepairShards(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.polling = false
	if err != nil {
		return false, err
	}
	a.polled, a.shards = time.Now(), shards
	return a.shards[shard], nil
}

// last is the last answer for a shard, and whether the caller has to ask for the next one.
func (a *requests) last(shard store.ShardID) (wanted, due bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	due = !a.polling && time.Since(a.polled) >= requestPoll
	a.polling = a.polling || due
	return a.shards[shard], due
}

// clear notes that a shard has no more requests.
func (a *requests) clear(shard store.ShardID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.shards, shard)
}

// executeRequest takes the oldest request of the shard one step further.
func (o *owner) executeRequest(ctx context.Context) (worked bool, err error) {
	wanted, err := o.requests.pending(ctx, o.Store, o.claim.Shard)
	if store.IsTransient(err) {
		return false, nil // the next round asks again; whatever is wrong is loud elsewhere
	}
	if !wanted || err != nil {
		return false, err
	}
	r, ok, err := o.Store.NextRepair(ctx, o.claim.Shard)
	if !ok || err != nil {
		if err == nil {
			o.requests.clear(o.claim.Shard)
		}
		return false, err
	}
	defer o.acquire(ctx)()
	return true, o.step(ctx, r)
}

// step is one transaction of a request. Whatever is wrong with the request fails it, and never the shard.
func (o *owner) step(ctx context.Context, r store.Repair) error {
	err := o.retry(ctx, "repair", func() error {
		return protect(func() error { return o.act(ctx, r) }) // a panic is an error of the request
	}, retryable)
	var conflict *store.ConflictError
	switch {
	case err == nil, errors.As(err, &conflict) && conflict.Constraint == constraintRepairOpen:
		return nil
	case ctx.Err() != nil, errors.Is(err, store.ErrFenced), errors.Is(err, store.ErrInDoubt):
		return err
	}
	o.Log.Error("worker: a repair failed", "shard", r.Shard, "stream", r.Stream, "kind", r.Action, "error", err)
	return o.refuse(ctx, r, err.Error())
}

// constraintRepairOpen is the conflict of a step of a request that is closed.
const constraintRepairOpen = "repairs_open"

// act does what is requested.
func (o *owner) act(ctx context.Context, r store.Repair) error {
	switch {
	case r.Action == store.RepairState:
		return o.rewrite(ctx, r)
	case r.Topic == "":
		return o.retryQueue(ctx, r)
	}
	p, ok, err := o.Store.ParkedMessage(ctx, r.Topic, r.Partition, r.Offset)
	switch {
	case err != nil:
		return err
	case !ok || p.Shard != o.claim.Shard:
		return o.refuse(ctx, r, "there is no such message in this shard")
	case p.State != store.StateParked:
		return o.refuse(ctx, r, "the message is not parked any more: it is "+p.State)
	}
	return o.actOn(ctx, r, p)
}

// actOn does what is requested with a message that is parked.
func (o *owner) actOn(ctx context.Context, r store.Repair, p store.Parked) error {
	switch {
	case r.Action == store.RepairRetry && p.Holds: // never alone: it would overtake, or be overtaken
		r.Stream = p.Stream
		return o.retryQueue(ctx, r)
	case r.Action == store.RepairRetry:
		return o.retryMessage(ctx, r, p)
	case p.Topic == p.Stream:
		return o.refuse(ctx, r, "no message is parked here, only the subject: it can be retried")
	case r.Action == store.RepairEdit:
		return o.edit(ctx, r, p)
	case r.Action == store.RepairDiscard:
		return o.discard(ctx, r, p)
	}
	return o.refuse(ctx, r, "there is no action "+r.Action)
}

// bare is a batch that decides on no subject: it reads the streams of items and the one that records the request.
func (o *owner) bare(ctx context.Context, r store.Repair, items ...*item) (*batch, error) {
	wanted := wants(items)
	wanted.Shard = o.claim.Shard
	wanted.Streams = append(wanted.Streams, repairStream(r))
	known, err := o.known(ctx, wanted)
	if err != nil {
		return nil, err
	}
	b := o.newBatch(known, domain.EmptyCatalog(), o.now())
	b.write.CatalogVersion = anyCatalog
	return b, nil
}

// refuse closes a request that cannot be done. Nothing else changes.
func (o *owner) refuse(ctx context.Context, r store.Repair, why string) error {
	b := o.newBatch(store.Known{}, domain.EmptyCatalog(), o.now())
	b.write.CatalogVersion = anyCatalog
	b.write.Repair = step(r, store.RepairFailed, 0, why)
	return o.commit(ctx, b)
}

// step says how far a request is.
func step(r store.Repair, state string, settled int64, detail string) *store.RepairStep {
	return &store.RepairStep{ID: r.ID, Action: r.Action, Topic: r.Topic, State: state, Settled: settled, Detail: detail}
}

// repairStream is the stream that records a request.
func repairStream(r store.Repair) string {
	about := r.Stream
	if about == "" {
		about = fmt.Sprintf("%s/%d", r.Topic, r.Partition)
	}
	return domain.Stream(domain.KindRepair, about)
}

// note records what was done on a request.
func (b *batch) note(r store.Repair, e events.Event) error {
	s, err := b.subject(repairStream(r))
	if err != nil {
		return err
	}
	s.touched = true
	if err := b.record(s, []events.Event{e}, cause{command: r.ID.String()}); err != nil {
		return err
	}
	return b.row(s)
}

// place names a message as operators do.
func place(p store.Parked) string { return fmt.Sprintf("%s/%d/%d", p.Topic, p.Partition, p.Offset) }

// digest is what an event says of content that it must not repeat.
func digest(hash []byte) string { return hex.EncodeToString(hash) }
