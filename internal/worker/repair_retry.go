package worker

import (
	"context"
	"errors"

	"tenure/events"
	"tenure/internal/store"
)

// queueMessagesMax is how many messages of a queue one transaction takes: each may be a mebibyte, and commands of
// others wait for it.
const queueMessagesMax = 100

// waiting is the head of a stream's queue, read for one transaction.
type waiting struct {
	rows  []store.Parked
	items []*item // of each row; nil where the row represents the subject itself
	more  bool    // there are rows behind these
}

// failure is why a queue stops at one of its rows.
type failure struct {
	at          int
	why, detail string
}

// errPartWritten ends a step of a request after its transaction: the next step reads the queue again.
var errPartWritten = errors.New("worker: a part of the queue is written")

// retryQueue decides on the queue of a stream in its order, as far as one transaction goes. The message that fails
// again stays parked with its new error, and those behind it stay queued. When all are through the stream is free:
// whatever came in the meantime is in the queue, or comes after this transaction.
func (o *owner) retryQueue(ctx context.Context, r store.Repair) error {
	rows, err := o.Store.ParkedQueue(ctx, r.Stream, queueMessagesMax+1)
	if err != nil {
		return err
	}
	more := len(rows) > queueMessagesMax
	rows = rows[:min(len(rows), queueMessagesMax)]
	attempt := func(part []store.Parked, behind int, fails *failure) error {
		if err := o.writeQueue(ctx, r, waiting{rows: part, more: more || behind > 0}, fails); err != nil {
			return err
		}
		return errPartWritten
	}
	err = bisect(rows, 0, func(part []store.Parked, behind int) error {
		return attempt(part, behind, nil)
	}, func(row store.Parked, behind int, refused error) error {
		why, _ := refusal(refused)
		return attempt([]store.Parked{row}, behind, &failure{why: reasonConflict, detail: why})
	})
	if errors.Is(err, errPartWritten) {
		return nil
	}
	return err
}

// writeQueue is one attempt at the transaction; fails says that the first row is known to fail.
func (o *owner) writeQueue(ctx context.Context, r store.Repair, q waiting, fails *failure) error {
	asking, err := o.replayParked(&q)
	if err != nil {
		return err
	}
	wanted := wants(asking)
	wanted.Shard = o.claim.Shard
	wanted.Streams = append(wanted.Streams, r.Stream, repairStream(r))
	known, err := o.known(ctx, wanted)
	if err != nil {
		return err
	}
	row := known.Subjects[r.Stream]
	row.Stream, row.Parked = r.Stream, false
	known.Subjects[r.Stream] = row
	catalog, err := o.latest(ctx, known)
	if err != nil {
		return err
	}
	if err := o.reserve(ctx, asking, known, catalog); err != nil {
		return err
	}
	if err := o.readRuns(ctx, asking, known); err != nil {
		return err
	}
	b, fails, err := o.decideQueue(r, q, func() *batch { return o.newBatch(known, catalog, o.now()) }, fails)
	if err != nil {
		return err
	}
	if err := b.endQueue(r, q, fails); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// replayParked makes items of the rows of a queue, and returns those that are messages.
func (o *owner) replayParked(q *waiting) (asking []*item, err error) {
	q.items = make([]*item, len(q.rows))
	for i := range q.rows {
		p := &q.rows[i]
		if p.Topic == p.Stream {
			continue
		}
		it, err := o.reopen(p)
		if err != nil {
			return nil, err
		}
		q.items[i], asking = it, append(asking, it)
	}
	return asking, nil
}

// decideQueue decides on rows up to the first that fails.
func (o *owner) decideQueue(
	r store.Repair,
	q waiting,
	fresh func() *batch,
	fails *failure,
) (b *batch, _ *failure, err error) {
	items := q.items
	if fails != nil {
		items = items[:fails.at]
	}
	err = isolate(len(items)+1, func() (int, error) {
		if b = fresh(); fails != nil && len(items) == 0 {
			return 0, nil // the subject stays as it is
		}
		return b.advanceQueue(r.Stream, items)
	}, func(failed int, err error) {
		fails = &failure{at: failed, why: reasonBroken, detail: err.Error()}
		if failed < len(items) && items[failed] != nil && items[failed].parkAs != "" {
			fails.why, fails.detail = items[failed].parkAs, items[failed].detail
		}
		items = items[:min(failed, len(items))]
		o.Log.Error(
			"worker: a retry failed, its subject stays parked",
			"shard",
			o.claim.Shard,
			"stream",
			r.Stream,
			"error",
			fails.detail,
		)
	})
	if err != nil {
		return nil, nil, err
	}
	b.freeAsked(present(items))
	return b, fails, nil
}

// errStillParked ends a queue at a message that cannot be decided.
var errStillParked = errors.New("worker: the message cannot be decided")

// advanceQueue lets time act on the subject and decides on its items in order.
func (b *batch) advanceQueue(stream string, items []*item) (failed int, err error) {
	return b.decideEach(max(1, len(items)), func(i int) error {
		if i == 0 {
			s, err := b.subject(stream)
			if err != nil {
				return err
			}
			s.touched = true
			if err := b.record(s, s.state.Advance(b.world), cause{}); err != nil {
				return err
			}
		}
		switch {
		case i >= len(items), items[i] == nil:
			return nil
		case items[i].parkAs != "":
			return errStillParked
		}
		return b.handle(items[i])
	})
}

// present leaves out the rows without a message.
func present(items []*item) []*item {
	var all []*item
	for _, it := range items {
		if it != nil {
			all = append(all, it)
		}
	}
	return all
}

// endQueue writes the outcome of the rows and of the request.
func (b *batch) endQueue(r store.Repair, q waiting, fails *failure) error {
	taken := len(q.rows)
	if fails != nil {
		taken = min(fails.at, taken)
	}
	for _, p := range q.rows[:taken] {
		p.State = store.StateRetried
		b.write.Parked = append(b.write.Parked, p)
	}
	if s, ok := b.subjects[r.Stream]; ok {
		s.row.Parked = fails != nil || q.more
	}
	done := int64(taken)
	event := events.ParkedRetried{Request: r.ID, By: r.By, Reason: r.Reason, Messages: r.Settled + done}
	switch {
	case fails != nil:
		b.write.Repair = step(r, store.RepairFailed, done, fails.detail)
		if event.Why = fails.why; taken < len(q.rows) {
			event.Failed = place(q.rows[taken])
			b.write.Parked = append(b.write.Parked, failed(q.rows[taken], *fails))
		}
	case q.more:
		b.write.Repair = step(r, store.RepairOpen, done, "")
		return nil
	default:
		b.write.Repair = step(r, store.RepairDone, done, "")
	}
	return b.note(r, event)
}

// failed is a row with its new error. A row that represents the subject itself keeps its reason.
func failed(p store.Parked, f failure) store.Parked {
	p.Detail = f.detail
	if p.Topic != p.Stream {
		p.Reason = f.why
	}
	return p
}
