package worker

import (
	"context"
	"time"

	"tenure/internal/store"
)

// tickSubjectsMax is how many subjects one transaction advances: the tick gives way to commands in between.
const tickSubjectsMax = 500

// tick does what time makes due in the shard, except invoicing, at most one transaction of it. It asks once a minute of
// business time; while there is more it is called again after the next batch of commands.
func (o *owner) tick(ctx context.Context) (worked bool, err error) {
	now := o.now()
	if !o.tickDue(now) {
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
	return true, o.advanceAll(ctx, due)
}

// advanceAll lets time act on subjects in one transaction, or in smaller ones where the database refuses it. The
// subject that is refused alone is parked.
func (o *owner) advanceAll(ctx context.Context, due []store.Subject) error {
	attempt := func(part []store.Subject, failed map[string]string) error {
		return o.retry(ctx, "tick", func() error { return o.advance(ctx, part, failed) }, retryable)
	}
	return bisect(due, 0, func(part []store.Subject, _ int) error {
		return attempt(part, map[string]string{})
	}, func(row store.Subject, _ int, refused error) error {
		o.Log.Error("worker: the database refuses what time does to a subject, it is parked", "shard", o.claim.Shard,
			"stream", row.Stream, "error", refused)
		why, _ := refusal(refused)
		return attempt([]store.Subject{row}, map[string]string{row.Stream: why})
	})
}

// tickDue reports whether a minute of the clock has begun since the last tick. A clock that was put back is before
// that: what commands have made due since would wait for it otherwise. A clock that does not move is simulated: what is
// due within its minute would wait until it is moved.
func (o *owner) tickDue(now time.Time) bool {
	unmoved := now.Equal(o.seen)
	o.seen = now
	switch {
	case now.Equal(o.lastTick):
		return false
	case unmoved, now.Before(o.lastTick):
		return true
	}
	return !now.Truncate(tickEvery).Equal(o.lastTick.Truncate(tickEvery))
}

// dueAtOnce makes the next round tick, where a command has made something due that has its time behind it: a deletion
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
		known, err := o.known(ctx, store.Read{})
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

// passed is how far one tick has come while deletions are halted. Those who wait for them stay due, in front of all
// others whose time came later: each tick passes over them once, to the end.
type passed struct {
	due    time.Time
	stream string
}

// advance lets time act on subjects whose rows were just read, in one transaction. A subject on which it fails is
// parked, so that it does not stop the others.
func (o *owner) advance(ctx context.Context, due []store.Subject, failed map[string]string) error {
	known, err := o.known(ctx, store.Read{})
	if err != nil {
		return err
	}
	catalog, err := o.latest(ctx, known)
	if err != nil {
		return err
	}
	var b *batch
	err = isolate(len(due), func() (int, error) {
		b = o.newBatch(known, catalog, o.now())
		return b.decideEach(len(due), func(i int) error { return b.advance(due[i], failed[due[i].Stream]) })
	}, func(i int, err error) {
		o.Log.Error(
			"worker: time failed on a subject, it is parked",
			"shard",
			o.claim.Shard,
			"stream",
			due[i].Stream,
			"error",
			err,
		)
		failed[due[i].Stream] = err.Error()
	})
	if err != nil {
		return err
	}
	write, err := b.finish()
	if err != nil || len(write.Subjects) == 0 { // all of them wait for halted deletions
		return err
	}
	return o.Store.Write(ctx, &o.claim, write)
}

// advance lets time act on one subject, or parks it when that failed before.
func (b *batch) advance(row store.Subject, failure string) error {
	if failure != "" {
		b.parkFailed(row, failure)
		return nil
	}
	s, err := b.add(row.Stream, row)
	if err != nil {
		return err
	}
	// Its due time is written again even when nothing happened, unless it is one that waits for halted deletions.
	s.touched = !b.world.DeletionsHalted || !s.state.NextDue(b.world).Equal(row.NextDue)
	return b.record(s, s.state.Advance(b.world), cause{})
}
