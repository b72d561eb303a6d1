package worker

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// Operators do not touch what is parked: they leave a request in the database, and the owner of the shard takes it up in its
// turn, under its fence, one transaction at a time. So a repair and the live traffic of a subject are never decided by two, a
// kill in the middle loses nothing, and each transaction of a repair says how far it is. What was done, by whom and why, is a
// fact of the shard's log (domain.KindRepair).

// repairLook is how often a process asks for requests, once for all of its shards: a person waits for the answer.
const repairLook = 500 * time.Millisecond

// asked remembers which shards have requests.
type asked struct {
	mu     sync.Mutex
	looked time.Time // real time
	shards map[store.ShardID]bool
}

// of tells whether a shard has requests, by the last look.
func (a *asked) of(ctx context.Context, s *store.Store, shard store.ShardID) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.looked) >= repairLook {
		shards, err := s.RepairShards(ctx)
		if err != nil {
			return false, err
		}
		a.looked, a.shards = time.Now(), shards
	}
	return a.shards[shard], nil
}

// none notes that a shard has no more requests.
func (a *asked) none(shard store.ShardID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.shards, shard)
}

// repair takes the oldest request of the shard one step further.
func (o *owner) repair(ctx context.Context) (worked bool, err error) {
	wanted, err := o.asked.of(ctx, o.Store, o.claim.Shard)
	if store.IsTransient(err) {
		return false, nil // the next round asks again; whatever is wrong is loud elsewhere
	}
	if !wanted || err != nil {
		return false, err
	}
	r, ok, err := o.Store.NextRepair(ctx, o.claim.Shard)
	if !ok || err != nil {
		if err == nil {
			o.asked.none(o.claim.Shard)
		}
		return false, err
	}
	defer atWork.take(ctx)()
	return true, o.step(ctx, r)
}

// step is one transaction of a request. Whatever is wrong with the request fails it, and never the shard.
func (o *owner) step(ctx context.Context, r store.Repair) error {
	err := o.retry(ctx, "repair", func() error { return o.act(ctx, r) }, worthAgain)
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

// act does what is asked for. A panic of ours is an error of the request.
func (o *owner) act(ctx context.Context, r store.Repair) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	switch {
	case r.Action == store.RepairState:
		return o.rewrite(ctx, r)
	case r.Topic == "":
		return o.drain(ctx, r)
	}
	p, ok, err := o.Store.ParkedMessage(ctx, r.Topic, r.Partition, r.Offset)
	switch {
	case err != nil:
		return err
	case !ok || p.Shard != o.claim.Shard:
		return o.refuse(ctx, r, "there is no such message in this shard")
	case p.State != store.StateParked:
		return o.refuse(ctx, r, "the message is not parked any more: it is "+p.State)
	case r.Action == store.RepairRetry && p.Holds: // never alone: it would overtake, or be overtaken
		r.Stream = p.Stream
		return o.drain(ctx, r)
	case r.Action == store.RepairRetry:
		return o.release(ctx, r, p)
	case p.Topic == p.Stream:
		return o.refuse(ctx, r, "no message is parked here, only the subject: it can be retried")
	case r.Action == store.RepairEdit:
		return o.edit(ctx, r, p)
	case r.Action == store.RepairDiscard:
		return o.discard(ctx, r, p)
	}
	return o.refuse(ctx, r, "nobody knows how to "+r.Action)
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

// repairStream is the stream that tells of a request.
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

// digest is what a fact says of content that it must not repeat.
func digest(hash []byte) string { return hex.EncodeToString(hash) }
