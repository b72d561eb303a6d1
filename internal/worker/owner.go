package worker

import (
	"context"
	"errors"
	"time"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// Work owns a shard until ctx ends: a batch of commands, then what time makes due, then one chunk of a run, and again.
// Any error ends it; bus claims the partition again, and the database says where to continue. That includes a commit
// in doubt: the next claim sees what it did.
func (w *Worker) Work(ctx context.Context, p *bus.Partition) error {
	o, err := w.open(p)
	if err != nil {
		return err
	}
	if err := o.verifyBeginning(ctx, p); err != nil {
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

// round is one iteration of the shard's loop. It waits for commands only when there was nothing else to do.
func (o *owner) round(ctx context.Context, p *bus.Partition) (worked bool, err error) {
	messages, err := o.next(ctx, p)
	if err != nil {
		return false, err
	}
	if ran, err := o.runFirst(ctx, messages); err != nil || ran {
		o.held = messages
		return ran, err
	}
	messages, o.held = o.upToEnd(messages)
	if len(messages) > 0 {
		release := o.acquire(ctx)
		err := o.handle(ctx, messages)
		release()
		if err != nil {
			return false, err
		}
		p.Mark(o.claim.NextOffset)
	} else if err := o.passMarkers(ctx, p); err != nil {
		return false, err
	}
	o.noteRound(p, len(messages))
	kept, err := o.maintain(ctx)
	if err != nil || o.claim.Shard.Family() != store.FamilyEmployee {
		return kept, err
	}
	did, err := o.tickAndRun(ctx)
	return kept || did, err
}

// next gives the messages that are held, or those that are there.
func (o *owner) next(ctx context.Context, p *bus.Partition) ([]bus.Message, error) {
	if len(o.held) > 0 {
		return o.held, p.Beat(ctx)
	}
	wait := idleWait
	if o.busy {
		wait = time.Millisecond
	}
	return p.Next(ctx, batchCommandsMax, wait)
}

// tickAndRun does what is due in a shard of employees, then a chunk of the run that is open.
func (o *owner) tickAndRun(ctx context.Context) (worked bool, err error) {
	ticked, err := o.tick(ctx)
	if err != nil {
		return false, err
	}
	if o.runsKnown && o.runs == nil {
		return ticked, nil // not worth a slot
	}
	defer o.acquire(ctx)()
	ran, err := o.chunk(ctx)
	return ticked || ran, err
}

// passMarkers moves the shard's offset over markers of transactions and records that were rolled back, which no command
// follows yet: once retention removes them the offset would be before the beginning of the topic, although nothing is
// lost.
func (o *owner) passMarkers(ctx context.Context, p *bus.Partition) error {
	at := p.Position()
	if at <= o.claim.NextOffset {
		return nil
	}
	return o.Store.Write(ctx, &o.claim, store.Write{NextOffset: at, CatalogVersion: -1})
}

// maintain does what a shard of any family needs: the comparison of its claim with the database, one step of an
// operator's request, and the purge of old outcomes.
func (o *owner) maintain(ctx context.Context) (worked bool, err error) {
	if err := o.verifyClaim(ctx); err != nil {
		return false, err
	}
	repaired, err := o.executeRequest(ctx)
	if err != nil {
		return false, err
	}
	purged, err := o.purgeOutcomes(ctx)
	return repaired || purged, err
}

// open hands the claim of a partition to the goroutine that works on it.
func (w *Worker) open(p *bus.Partition) (*owner, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	number, _ := contract.ShardOf(p.Topic, p.ID)
	shard := store.ShardID(number)
	fresh, ok := w.claims[shard]
	if !ok {
		return nil, errors.New("worker: a partition without a claim")
	}
	delete(w.claims, shard)
	o := &owner{Worker: w, claim: fresh.claim, topic: p.Topic, busy: true}
	o.reading = reading{newest: fresh.newest, behind: fresh.claim.NextOffset < fresh.newest, last: time.Now()}
	return o, nil
}

// partitions is how many the shard's topic has.
func (o *owner) partitions() int32 { return o.claim.Counts[len(o.claim.Counts)-1] }
