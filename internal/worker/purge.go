package worker

import (
	"context"
	"time"

	"tenure/internal/store"
)

const (
	// outcomesKept is for how long outcomes are kept, in real time: a day longer than a command may be old, for clocks of
	// senders that are ahead of ours, and another one for a clock of the database that was put back.
	outcomesKept = commandAgeMax + commandAheadMax + clockBackMax
	clockBackMax = 24 * time.Hour
	// purgeEvery is how often a shard asks for outcomes that are older, in real time; while there are more it continues.
	purgeEvery = 10 * time.Minute
	// purgeMax is how many it deletes at once: some milliseconds.
	purgeMax = 1_000
)

// purgeOutcomes deletes outcomes that no repetition of a command can ask for any more, a few at a time. Those that are
// not published yet, and those of commands that are still parked, stay.
func (o *owner) purgeOutcomes(ctx context.Context) (more bool, err error) {
	now := time.Now()
	if now.Sub(o.purged) < purgeEvery {
		return false, nil
	}
	n, err := o.Store.ForgetOutcomes(ctx, &o.claim, outcomesKept, purgeMax)
	switch {
	case store.IsTransient(err):
		o.purged = now // there is time
		return false, nil
	case err != nil:
		return false, err
	case n < purgeMax:
		o.purged = now
	}
	return n == purgeMax, nil
}
