package worker

import (
	"context"
	"time"

	"tenure/internal/store"
)

const (
	// outcomesKept is for how long outcomes are kept, in real time: a day longer than a command may be old, for clocks of
	// senders that are ahead of ours.
	outcomesKept = commandAgeMax + commandAheadMax
	// forgetEvery is how often a shard looks for outcomes that are older, in real time; while there are more it goes on.
	forgetEvery = 10 * time.Minute
	// forgetMax is how many it lets go at once: some milliseconds.
	forgetMax = 1_000
)

// forget deletes outcomes that no repetition of a command can ask for any more, a few at a time. Those that are not
// published yet, and those of commands that are still parked, stay.
func (o *owner) forget(ctx context.Context) (more bool, err error) {
	now := time.Now()
	if now.Sub(o.forgot) < forgetEvery {
		return false, nil
	}
	n, err := o.Store.ForgetOutcomes(ctx, &o.claim, now.Add(-outcomesKept), forgetMax)
	switch {
	case store.IsTransient(err):
		o.forgot = now // there is time
		return false, nil
	case err != nil:
		return false, err
	case n < forgetMax:
		o.forgot = now
	}
	return n == forgetMax, nil
}
