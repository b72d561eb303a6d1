package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// drainMessagesMax is how many messages of a queue one transaction takes: each may be a mebibyte, and commands of others wait
// for it.
const drainMessagesMax = 100

// again makes an item of a parked message, with what a person put in its place, if anybody did. Its id stays, so its
// answer is found by whoever sent it; where it was edited, what was sent at first still counts as its content, so that the
// sender's repetition is one.
func (o *owner) again(p *store.Parked) (*item, error) {
	was, err := message(p, p.Key, p.Value, p.Headers)
	if err != nil {
		return nil, err
	}
	it := o.intake(was)
	if p.EditedKey != nil || p.EditedValue != nil || p.EditedHeaders != nil {
		is, err := message(p, or(p.EditedKey, p.Key), or(p.EditedValue, p.Value), or(p.EditedHeaders, p.Headers))
		if err != nil {
			return nil, err
		}
		first := it
		if it = o.intake(is); first.id != "" && first.id == it.id {
			it.content = contentHash(first.env.Type, was.Value)
		}
	}
	it.row = p
	it.span.End() // its answer still belongs to the trace
	return it, nil
}

func message(p *store.Parked, key, value, headers []byte) (bus.Message, error) {
	m := bus.Message{Topic: p.TopicName(), Partition: p.Partition, Offset: p.Offset, Key: key, Value: value}
	if err := json.Unmarshal(headers, &m.Headers); err != nil {
		return m, fmt.Errorf("worker: headers of parked %s: %w", place(*p), err)
	}
	return m, nil
}

func or(edited, kept []byte) []byte {
	if edited != nil {
		return edited
	}
	return kept
}

// waiting is the head of a stream's queue, read for one transaction.
type waiting struct {
	rows  []store.Parked
	items []*item // of each row; nil where the row stands for the subject itself
	more  bool    // there are rows behind these
}

// failure is why a queue stops at one of its rows.
type failure struct {
	at          int
	why, detail string
}

// drain decides on the queue of a stream in its order, as far as one transaction goes. The message that fails again stays
// parked with its new error, and those behind it stay queued. When all are through the stream is free: whatever came in the
// meantime is in the queue, or comes after this transaction.
func (o *owner) drain(ctx context.Context, r store.Repair) error {
	rows, err := o.Store.ParkedQueue(ctx, r.Stream, drainMessagesMax+1)
	if err != nil {
		return err
	}
	q := waiting{rows: rows, more: len(rows) > drainMessagesMax}
	if q.more {
		q.rows = rows[:drainMessagesMax]
	}
	for {
		err := o.drainOnce(ctx, r, q, nil)
		why, refused := refusal(err)
		switch {
		case !refused || len(q.rows) == 0:
			return err
		case len(q.rows) == 1:
			return o.drainOnce(ctx, r, q, &failure{why: reasonConflict, detail: why})
		}
		q = waiting{rows: q.rows[:len(q.rows)/2], more: true}
	}
}

// drainOnce is one attempt at the transaction; known says that the first row is known to fail.
func (o *owner) drainOnce(ctx context.Context, r store.Repair, q waiting, fails *failure) error {
	q.items = make([]*item, len(q.rows))
	var asking []*item
	for i := range q.rows {
		p := &q.rows[i]
		if p.Topic == p.Stream {
			continue
		}
		it, err := o.again(p)
		if err != nil {
			return err
		}
		q.items[i], asking = it, append(asking, it)
	}
	wanted := wants(asking)
	wanted.Streams = append(wanted.Streams, r.Stream, repairStream(r))
	known, err := o.Store.Read(ctx, wanted)
	if err != nil {
		return err
	}
	row := known.Subjects[r.Stream]
	row.Stream, row.Parked = r.Stream, false
	known.Subjects[r.Stream] = row
	if err := o.reserve(ctx, asking, known); err != nil {
		return err
	}
	catalog, err := o.latest(ctx, known.CatalogHead)
	if err != nil {
		return err
	}
	b, fails := o.decideQueue(r, q, known, catalog, fails)
	if err := b.settleQueue(r, q, fails); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// decideQueue decides on rows up to the first that fails.
func (o *owner) decideQueue(r store.Repair, q waiting, known store.Known, catalog *domain.Catalog, fails *failure) (*batch, *failure) {
	taken := len(q.rows)
	if fails != nil {
		taken = fails.at
	}
	for {
		b := o.newBatch(known, catalog, o.now())
		if fails != nil && taken == 0 {
			return b, fails // she stays as she is
		}
		next := b.takeQueue(r.Stream, q.items[:taken])
		if next == nil {
			return b, fails
		}
		o.Log.Error("worker: a retry failed, its subject stays parked", "shard", o.claim.Shard, "stream", r.Stream, "error", next.detail)
		fails, taken = next, next.at
	}
}

// takeQueue lets time act on the subject and decides on the items in order; nil when that went well.
func (b *batch) takeQueue(stream string, items []*item) *failure {
	var fails *failure
	_, err := b.watched(nil, func() (*item, error) {
		fails = b.takeRows(stream, items)
		return nil, nil
	})
	if err != nil { // it does not end: fails is the other goroutine's
		return &failure{at: int(b.at.Load()), why: reasonBroken, detail: err.Error()}
	}
	return fails
}

func (b *batch) takeRows(stream string, items []*item) (fails *failure) {
	at := 0
	defer func() {
		if p := recover(); p != nil {
			fails = &failure{at: at, why: reasonBroken, detail: fmt.Sprintf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	broken := func(err error) *failure { return &failure{at: at, why: reasonBroken, detail: err.Error()} }
	s, err := b.subject(stream)
	if err != nil {
		return broken(err)
	}
	s.touched = true
	if err := b.record(s, s.state.Advance(b.world), cause{}); err != nil {
		return broken(err)
	}
	last := 0
	for i, it := range items {
		if it == nil {
			continue
		}
		if at, last = i, i; b.given.Load() {
			return broken(errGivenUp)
		}
		b.at.Store(int64(i))
		if it.parkAs != "" {
			return &failure{at: i, why: it.parkAs, detail: it.detail}
		}
		if err := b.take(it); err != nil {
			return broken(err)
		}
	}
	b.freeAsked(present(items))
	at = last
	if _, err := b.rows(); err != nil {
		return broken(err)
	}
	return nil
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

// settleQueue says in the write what became of the rows and of the request.
func (b *batch) settleQueue(r store.Repair, q waiting, fails *failure) error {
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
	fact := events.ParkedRetried{Request: r.ID, By: r.By, Reason: r.Reason, Messages: r.Settled + done}
	switch {
	case fails != nil:
		b.write.Repair = step(r, store.RepairFailed, done, fails.detail)
		if fact.Why = fails.why; taken < len(q.rows) {
			fact.Failed = place(q.rows[taken])
			b.write.Parked = append(b.write.Parked, failed(q.rows[taken], *fails))
		}
	case q.more:
		b.write.Repair = step(r, store.RepairOpen, done, "")
		return nil
	default:
		b.write.Repair = step(r, store.RepairDone, done, "")
	}
	return b.note(r, fact)
}

// failed is a row with its new error. A subject that waits for itself keeps its reason.
func failed(p store.Parked, f failure) store.Parked {
	p.Detail = f.detail
	if p.Topic != p.Stream {
		p.Reason = f.why
	}
	return p
}

// release decides again on a message that is in no queue: one that was malformed, or unknown to an older version. It goes
// the way of a message from Kafka, without an offset: to the right partition, into the queue of a parked subject, to an
// answer, or back to where it was.
func (o *owner) release(ctx context.Context, r store.Repair, p store.Parked) error {
	it, err := o.again(&p)
	if err != nil {
		return err
	}
	if err := o.sendOn(ctx, []*item{it}); err != nil {
		return err
	}
	return o.settle(ctx, []*item{it}, ending{
		streams: []string{repairStream(r)},
		write:   func(b *batch, items []*item) error { return b.settleReleased(r, items[0]) },
	})
}

func (b *batch) settleReleased(r store.Repair, it *item) error {
	fact := events.ParkedRetried{Request: r.ID, By: r.By, Reason: r.Reason}
	if it.parkAs != "" { // the batch has parked it again
		fact.Failed, fact.Why = place(*it.row), it.parkAs
		b.write.Repair = step(r, store.RepairFailed, 0, it.detail)
		return b.note(r, fact)
	}
	kept, err := b.kept(it)
	if err != nil {
		return err
	}
	kept.Reason, kept.Detail, kept.State = it.row.Reason, it.row.Detail, store.StateRetried
	if it.moved {
		kept.State = store.StateMoved
	}
	b.write.Parked = append(b.write.Parked, kept)
	b.write.Repair = step(r, store.RepairDone, 1, "")
	fact.Messages = 1
	return b.note(r, fact)
}
