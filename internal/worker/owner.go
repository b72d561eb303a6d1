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
	kept, err := o.keep(ctx)
	if err != nil || o.claim.Shard.Family() != store.FamilyEmployee {
		return kept, err
	}
	ticked, err := o.tick(ctx)
	if err != nil {
		return false, err
	}
	if o.runsKnown && o.runs == nil {
		return kept || ticked, nil // not worth a turn
	}
	defer atWork.take(ctx)()
	ran, err := o.chunk(ctx)
	return kept || ticked || ran, err
}

// keep does what a shard of any family needs: one step of what operators asked for, and outcomes that need not be kept.
func (o *owner) keep(ctx context.Context) (worked bool, err error) {
	repaired, err := o.repair(ctx)
	if err != nil {
		return false, err
	}
	forgot, err := o.forget(ctx)
	return repaired || forgot, err
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
