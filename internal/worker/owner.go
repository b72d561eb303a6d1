package worker

import (
	"context"
	"errors"
	"time"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// Work owns a shard until ctx ends: a batch of commands, then what time makes due, then one chunk of a run, and again.
// Any error ends it; bus claims the partition again, and the database tells where to go on. That includes a commit in
// doubt: what it did is seen by the next claim.
func (w *Worker) Work(ctx context.Context, p *bus.Partition) error {
	o, err := w.take(p)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		worked, err := o.round(ctx, p)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		o.busy = worked
	}
	return nil
}

// round is one turn of the shard's loop. It waits for commands only when there was nothing else to do.
func (o *owner) round(ctx context.Context, p *bus.Partition) (worked bool, err error) {
	wait := idleWait
	if o.busy {
		wait = time.Millisecond
	}
	messages, err := p.Next(ctx, batchCommandsMax, wait)
	if err != nil {
		return false, err
	}
	if len(messages) > 0 {
		end := atWork.take(ctx)
		err := o.take(ctx, messages)
		end()
		if err != nil {
			return false, err
		}
		p.Mark(o.claim.NextOffset)
	}
	if o.claim.Shard.Family() != store.FamilyEmployee {
		return false, nil
	}
	ticked, err := o.tick(ctx)
	if err != nil {
		return false, err
	}
	if o.runsKnown && o.runs == nil {
		return ticked, nil // not worth a turn
	}
	defer atWork.take(ctx)()
	ran, err := o.chunk(ctx)
	return ticked || ran, err
}

// take hands the claim of a partition to the goroutine that works on it.
func (w *Worker) take(p *bus.Partition) (*owner, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	shard := store.ShardOf(families[p.Topic], p.ID)
	held, ok := w.held[shard]
	if !ok {
		return nil, errors.New("worker: a partition without a claim")
	}
	delete(w.held, shard)
	return &owner{Worker: w, claim: held.claim, topic: p.Topic, partitions: held.partitions, busy: true}, nil
}
