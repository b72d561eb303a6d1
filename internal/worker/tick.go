package worker

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"tenure/internal/store"
)

// tickSubjectsMax is how many subjects one transaction advances: the tick gives way to commands in between.
const tickSubjectsMax = 500

// tick does what time makes due in the shard, except invoicing, at most one transaction of it. It looks once a minute of
// business time; while there is more it is called again after the next batch of commands.
func (o *owner) tick(ctx context.Context) (worked bool, err error) {
	now := o.now()
	if !o.timeToLook(now) {
		return false, nil
	}
	due, err := o.due(ctx, now)
	if err != nil {
		return false, err
	}
	if len(due) == 0 {
		o.lastTick, o.passed = now, passed{}
		return false, nil
	}
	return true, o.settleTick(ctx, due)
}

// settleTick lets time act on subjects. Where the database refuses it, they are halved until the one that is refused stands
// alone; that one is parked.
func (o *owner) settleTick(ctx context.Context, due []store.Subject) error {
	err := o.attemptTick(ctx, due, map[string]bool{})
	if _, refused := refusal(err); !refused {
		return err
	}
	if len(due) == 1 {
		o.Log.Error("worker: the database refuses what time does to a subject, it is parked", "shard", o.claim.Shard,
			"stream", due[0].Stream, "error", err)
		return o.attemptTick(ctx, due, map[string]bool{due[0].Stream: true})
	}
	half := len(due) / 2
	if err := o.settleTick(ctx, due[:half]); err != nil {
		return err
	}
	return o.settleTick(ctx, due[half:])
}

func (o *owner) attemptTick(ctx context.Context, due []store.Subject, failed map[string]bool) error {
	return o.retry(ctx, "tick", func() error { return o.advance(ctx, due, failed) }, worthAgain)
}

// timeToLook tells whether a minute of the clock has begun since the last look. A clock that was put back is before that: what
// commands have made due since would wait for it otherwise. A clock that stands still is simulated: what is due within its
// minute would wait until somebody moves it on.
func (o *owner) timeToLook(now time.Time) bool {
	standing := now.Equal(o.seen)
	o.seen = now
	switch {
	case now.Equal(o.lastTick):
		return false
	case standing, now.Before(o.lastTick):
		return true
	}
	return !now.Truncate(tickEvery).Equal(o.lastTick.Truncate(tickEvery))
}

// dueAtOnce makes the next round look, where a command has made something due that has its time behind it: a deletion
// for today after its hour, or a rate plan that has waited for its account.
func (o *owner) dueAtOnce(written []store.Subject, now time.Time) {
	for _, s := range written {
		if !s.NextDue.IsZero() && !s.NextDue.After(now) {
			o.lastTick = time.Time{}
			return
		}
	}
}

func (o *owner) due(ctx context.Context, now time.Time) (due []store.Subject, err error) {
	err = o.retry(ctx, "due", func() error {
		known, err := o.Store.Read(ctx, store.Read{})
		switch {
		case err != nil:
			return err
		case known.DeletionsHalted:
			due, err = o.Store.DueAfter(ctx, o.claim.Shard, now, o.passed.due, o.passed.stream, tickSubjectsMax)
		default:
			o.passed = passed{}
			due, err = o.Store.DueNow(ctx, o.claim.Shard, now, tickSubjectsMax)
		}
		return err
	}, store.IsTransient)
	if len(due) > 0 {
		last := due[len(due)-1]
		o.passed = passed{last.NextDue, last.Stream}
	}
	return due, err
}

// passed is how far one look has come while deletions are halted. Those who wait for them stay due, in front of all others
// whose time came later: each look passes over them once, to the end.
type passed struct {
	due    time.Time
	stream string
}

// advance lets time act on subjects whose rows were just read, in one transaction. A subject on which it fails is parked,
// so that it does not stop the others.
func (o *owner) advance(ctx context.Context, due []store.Subject, failed map[string]bool) error {
	known, err := o.Store.Read(ctx, store.Read{})
	if err != nil {
		return err
	}
	catalog, err := o.latest(ctx, known.CatalogHead)
	if err != nil {
		return err
	}
	for range len(due) + 1 {
		b := o.newBatch(known, catalog, o.now())
		culprit, err := b.watchedOn(due, func() (string, error) { return b.advanceAll(due, failed) })
		if err != nil {
			o.Log.Error("worker: time failed on a subject, it is parked", "shard", o.claim.Shard, "stream", culprit, "error", err)
			failed[culprit] = true
			continue
		}
		write, err := b.finish()
		if err != nil || len(write.Subjects) == 0 { // all of them wait for halted deletions
			return err
		}
		return o.Store.Write(ctx, &o.claim, write)
	}
	return fmt.Errorf("worker: tick of %d subjects did not settle", len(due))
}

func (b *batch) advanceAll(due []store.Subject, failed map[string]bool) (culprit string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	for i, row := range due {
		if culprit = row.Stream; b.given.Load() {
			return culprit, errGivenUp
		}
		b.at.Store(int64(i))
		if failed[row.Stream] {
			b.seal(row, "the worker's log says why")
			continue
		}
		s, err := b.add(row.Stream, row)
		if err != nil {
			return culprit, err
		}
		// Its due time is written anew even when nothing happened, unless it is one that waits for halted deletions.
		s.touched = !b.world.DeletionsHalted || !s.state.NextDue(b.world).Equal(row.NextDue)
		if err := b.record(s, s.state.Advance(b.world), cause{}); err != nil {
			return culprit, err
		}
	}
	if s, err := b.rows(); err != nil {
		return s.stream, err
	}
	return "", nil
}
