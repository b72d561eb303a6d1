package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// The pauses between attempts while the infrastructure is at fault: there is no last one.
const (
	pauseFirst = 50 * time.Millisecond
	pauseMax   = 5 * time.Second
)

// take brings a batch of messages to its end: every one of them answered, parked or sent on, and the shard's offset behind
// them. An error means that the shard must be claimed again.
func (o *owner) take(ctx context.Context, messages []bus.Message) error {
	started := time.Now()
	items := make([]*item, len(messages))
	for i, m := range messages {
		items[i] = o.intake(m)
	}
	defer o.endSpans(items)
	if err := o.sendOn(ctx, items); err != nil {
		return err
	}
	if err := o.settle(ctx, items, passOffsets); err != nil {
		return err
	}
	o.Observer.Batch(int32(o.claim.Shard), len(items), time.Since(started))
	return nil
}

// sendOn publishes what came to the wrong partition before its offset is passed: a crash between the two sends it twice
// with the same id, which takes effect once. What is too large to be published again would be tried for ever: it is parked.
func (o *owner) sendOn(ctx context.Context, items []*item) error {
	var strays []bus.Message
	for _, it := range items {
		if !it.moved {
			continue
		}
		stray := it.msg
		stray.Key = it.rightKey
		if err := stray.Sendable(); err != nil {
			it.moved = false
			it.park(reasonLost, err.Error())
			continue
		}
		strays = append(strays, stray)
	}
	if len(strays) == 0 {
		return nil
	}
	return o.retry(ctx, "send on", func() error { return o.Publisher.Publish(ctx, strays) }, anyError)
}

// ending completes the write of a batch whose items are decided.
type ending struct {
	streams []string // that it needs besides those of the items
	write   func(b *batch, items []*item) error
}

// passOffsets ends a batch from Kafka: it is taken, up to its last message.
var passOffsets = ending{write: func(b *batch, items []*item) error {
	last := items[len(items)-1].msg
	b.write.NextOffset, b.write.LastRecord = last.Offset+1, recordHash(last)
	return nil
}}

// settle writes the items in one transaction. Where the database refuses it, the batch is halved until the command that
// is refused stands alone; that one parks its subject.
func (o *owner) settle(ctx context.Context, items []*item, end ending) error {
	err := o.attempt(ctx, items, end)
	var split *splitError
	if errors.As(err, &split) {
		return o.settleParts(ctx, items[:split.at], items[split.at:], end)
	}
	why, refused := refusal(err)
	if !refused {
		return err
	}
	if len(items) == 1 {
		if items[0].parkAs != "" {
			return err
		}
		items[0].park(reasonConflict, why)
		return o.attempt(ctx, items, end)
	}
	half := len(items) / 2
	return o.settleParts(ctx, items[:half], items[half:], end)
}

func (o *owner) settleParts(ctx context.Context, first, then []*item, end ending) error {
	if err := o.settle(ctx, first, end); err != nil {
		return err
	}
	return o.settle(ctx, then, end)
}

// attempt decides and writes until it is done or refused. A moved catalogue means to decide again; faults of the
// infrastructure are waited out.
func (o *owner) attempt(ctx context.Context, items []*item, end ending) error {
	return o.retry(ctx, "write", func() error { return o.once(ctx, items, end) }, worthAgain)
}

// worthAgain tells whether deciding and writing again may succeed. What was halted under a write is looked at anew.
func worthAgain(err error) bool {
	return errors.Is(err, store.ErrCatalogMoved) || errors.Is(err, store.ErrHalted) || store.IsTransient(err)
}

func anyError(error) bool { return true }

// retry calls until it succeeds, an error is not worth another call, or ctx ends.
func (o *owner) retry(ctx context.Context, what string, call func() error, again func(error) bool) error {
	for pause := pauseFirst; ; pause = min(2*pause, pauseMax) {
		err := call()
		if err == nil || !again(err) || ctx.Err() != nil {
			return err
		}
		if !errors.Is(err, store.ErrCatalogMoved) {
			o.Observer.Retried("worker-" + strings.ReplaceAll(what, " ", "-"))
			o.Log.Warn("worker: waiting to try again", "what", what, "shard", o.claim.Shard, "error", err, "pause", pause)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause/2 + rand.N(pause/2)): // spread, so that shards do not come back at once
		}
	}
}

// once is one attempt: read, decide, write.
func (o *owner) once(ctx context.Context, items []*item, end ending) error {
	wanted := wants(items)
	wanted.Streams = append(wanted.Streams, end.streams...)
	known, err := o.Store.Read(ctx, wanted)
	if err != nil {
		return err
	}
	if err := o.reserve(ctx, items, known); err != nil {
		return err
	}
	catalog, err := o.latest(ctx, known.CatalogHead)
	if err != nil {
		return err
	}
	b, err := o.decideAll(items, known, catalog)
	if err != nil {
		return err
	}
	if err := end.write(b, items); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// commit writes a batch, and notes what the next rounds have to look at because of it.
func (o *owner) commit(ctx context.Context, b *batch) error {
	write, err := b.finish()
	if err != nil {
		return err
	}
	if err := o.Store.Write(ctx, &o.claim, write); err != nil {
		return err
	}
	if len(write.OpenRuns) > 0 {
		o.runsKnown = false
	}
	o.dueAtOnce(write.Subjects, write.DecidedAt)
	return nil
}

// decideAll decides the items. A decision that fails marks its item, and the others are decided again without it: each round
// marks one more. A batch that is not decided to its end is an error, never written: its offsets would be passed.
func (o *owner) decideAll(items []*item, known store.Known, catalog *domain.Catalog) (*batch, error) {
	for range len(items) + 1 {
		b := o.newBatch(known, catalog, o.now())
		culprit, err := b.watched(items, func() (*item, error) { return b.takeAll(items) })
		if err == nil {
			return b, nil
		}
		o.Log.Error("worker: a decision failed, its subject is parked", "shard", o.claim.Shard,
			"type", culprit.env.Type, "offset", culprit.msg.Offset, "error", err)
		culprit.park(reasonBroken, err.Error())
	}
	return nil, fmt.Errorf("worker: batch of %d messages did not settle", len(items))
}

// takeAll decides the items in order; it tells which one brought out a fault of ours.
func (b *batch) takeAll(items []*item) (culprit *item, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	for i, it := range items {
		if culprit = it; b.given.Load() {
			return it, errGivenUp
		}
		b.at.Store(int64(i))
		if err := b.take(it); err != nil {
			return it, err
		}
	}
	b.freeAsked(items)
	if s, err := b.rows(); err != nil {
		return s.last, err
	}
	return nil, nil
}

// wants lists what the items need to know.
func wants(items []*item) store.Read {
	var r store.Read
	seen := make(map[string]bool, len(items))
	keys := make(map[uuid.UUID]bool, len(items))
	for _, it := range items {
		if it.moved || it.stream == "" {
			continue
		}
		if !seen[it.stream] {
			seen[it.stream] = true
			r.Streams = append(r.Streams, it.stream)
		}
		if !keys[it.key] {
			keys[it.key] = true
			r.Commands = append(r.Commands, it.key)
		}
	}
	return r
}

// now is the time of the next decision: the clock's, but never before the last one. It has the database's precision, so
// that what is read back compares equal.
func (o *owner) now() time.Time {
	now := o.Clock.Now().Truncate(time.Microsecond)
	if now.Before(o.claim.DecidedAt) {
		return o.claim.DecidedAt
	}
	return now
}
