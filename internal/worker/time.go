package worker

import (
	"context"
	"time"

	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/store"
)

// The time of a decision is that at which the broker took the command, never before the shard's last decision and never
// after the clock: what an acknowledged command means does not depend on a backlog, and taking it again after a restore
// gives the same events. Time acts by the clock only while the partition is read to its end; behind a backlog it acts
// up to the shard's last decision, or it would overtake commands that were acknowledged before.

// idleAfter is how long a partition must bring no message to count as read to its end although offsets say otherwise:
// its last offsets may be markers of transactions, which are no messages.
const idleAfter = 5 * time.Second

// reading is how far a partition is read.
type reading struct {
	newest int64     // offset behind the newest message that is known
	behind bool      // messages before newest are not taken yet
	last   time.Time // real time of the last message, or of the claim
}

// follow notes what a round read: messages up to next, of a partition that ends at end.
func (r *reading) follow(next, end int64, messages int, now time.Time) {
	if r.newest = max(r.newest, end); messages > 0 {
		r.last = now
	}
	r.behind = next < r.newest && now.Sub(r.last) < idleAfter
}

// now is the time of what no command decides: a tick, a chunk, a request of an operator. It has the database's
// precision, so that what is read back compares equal.
func (o *owner) now() time.Time {
	if o.reading.behind && !o.claim.DecidedAt.IsZero() {
		return o.claim.DecidedAt
	}
	return later(o.claim.DecidedAt, o.clockTime())
}

// known is what a decision reads. A simulated clock that was moved is seen by it at once: a decision that follows
// from the move, such as the plan of the night that has come, would else be made as of the time before.
func (w *Worker) known(ctx context.Context, r store.Read) (store.Known, error) {
	known, err := w.Store.Read(ctx, r)
	if simulated, ok := w.Clock.(*clock.Simulated); ok && err == nil {
		simulated.See(known.Clock)
	}
	return known, err
}

func (o *owner) clockTime() time.Time { return o.Clock.Now().Truncate(time.Microsecond) }

// decisionTime is the time of the decision on an item; last is that of the decision before it.
func (o *owner) decisionTime(it *item, last time.Time) time.Time {
	now := o.clockTime()
	if taken, known := o.takenAt(it); known && taken.Before(now) {
		now = taken
	}
	return later(last, now)
}

// takenAt is when the broker took an item. A simulated clock is another time than the broker's, and what an operator
// has decided again is decided now.
func (o *owner) takenAt(it *item) (at time.Time, known bool) {
	if it.row != nil || it.msg.Time.IsZero() || !o.realTime() {
		return time.Time{}, false
	}
	return it.msg.Time.UTC().Truncate(time.Microsecond), true
}

// realTime reports whether business time is the time of machines.
func (w *Worker) realTime() bool {
	_, system := w.Clock.(clock.System)
	return system || w.recordTime
}

// businessTime is a simulated clock's time; zero where business time is that of machines.
func (w *Worker) businessTime() time.Time {
	if w.realTime() {
		return time.Time{}
	}
	return w.Clock.Now()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// noteRound notes what a round of the loop took from the partition.
func (o *owner) noteRound(p *bus.Partition, messages int) {
	o.reading.follow(o.claim.NextOffset, p.End(), messages, time.Now())
}
