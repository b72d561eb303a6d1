package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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

// handle brings a batch of messages to its end: each of them has an outcome, is parked or is forwarded, and the shard's
// offset is behind them. An error means that the shard must be claimed again.
func (o *owner) handle(ctx context.Context, messages []bus.Message) error {
	started := time.Now()
	items := make([]*item, len(messages))
	for i, m := range messages {
		items[i] = o.intake(m)
	}
	defer o.endSpans(items, started)
	if err := o.locate(ctx, items); err != nil {
		return err
	}
	if err := o.forward(ctx, items); err != nil {
		return err
	}
	if err := o.process(ctx, items, passOffsets); err != nil {
		return err
	}
	o.Observer.Batch(int32(o.claim.Shard), len(items), time.Since(started), sampledTrace(items))
	return nil
}

// forward publishes what came to the wrong partition or topic before its offset is passed: a crash between the two
// sends it twice with the same id, which takes effect once. What is too large to be published again would be tried
// indefinitely: it is parked.
func (o *owner) forward(ctx context.Context, items []*item) error {
	var strays []bus.Message
	for _, it := range items {
		if it.forward == nil {
			continue
		}
		stray := it.msg
		from := fmt.Sprintf("%s/%d/%d", stray.Topic, stray.Partition, stray.Offset)
		stray.Topic, stray.Key = it.forward.topic, []byte(it.forward.key)
		if to := it.forward.partition; to != nil {
			stray.Placed, stray.Partition = true, *to
		}
		stray.Headers = append(slices.Clone(stray.Headers), bus.Header{Key: headerForwarded, Value: []byte(from)})
		if err := stray.Sendable(); err != nil {
			it.forward = nil
			it.parkWith(reasonLost, err.Error())
			continue
		}
		strays = append(strays, stray)
	}
	if len(strays) == 0 {
		return nil
	}
	return o.retry(ctx, "send on", func() error { return o.Publisher.Publish(ctx, strays) }, anyError)
}

// parkLost parks commands whose stream has events here and no state: they would be decided as if nothing had happened.
func (o *owner) parkLost(ctx context.Context, items []*item, streams []string, known store.Known) error {
	missing := slices.DeleteFunc(slices.Clone(streams), func(stream string) bool {
		_, ok := known.Subjects[stream]
		return ok
	})
	if len(missing) == 0 {
		return nil
	}
	lost, err := o.Store.Begun(ctx, o.claim.Shard, missing)
	if err != nil {
		return err
	}
	for _, it := range items {
		if lost[it.stream] && it.parkAs == "" && it.forward == nil {
			it.parkWith(reasonMisrouted, fmt.Sprintf("shard %d has its events and not its state; next: tenure repair state",
				o.claim.Shard))
		}
	}
	return nil
}

// ending completes the write of a batch whose items are decided.
type ending struct {
	streams []string // that it needs besides those of the items
	write   func(b *batch, items []*item) error
}

// passOffsets ends a batch from Kafka: it is taken, up to its last message.
var passOffsets = ending{write: func(b *batch, items []*item) error {
	last := items[len(items)-1].msg
	b.write.NextOffset, b.write.LastRecord = last.Offset+1, last.Fingerprint().Bytes()
	return nil
}}

// process writes the items in one transaction, or in smaller ones where the database refuses it. The command that is
// refused alone is parked.
func (o *owner) process(ctx context.Context, items []*item, end ending) error {
	attempt := func(part []*item, _ int) error {
		return o.retry(ctx, "write", func() error {
			return o.whenReady(ctx, func() error { return o.attempt(ctx, part, end) })
		}, retryable)
	}
	return bisect(items, 0, attempt, func(it *item, _ int, refused error) error {
		for ; ; it.parking++ {
			why, conflicts := refusal(refused)
			if !conflicts || it.parking > parkAlone {
				return refused
			}
			o.Log.Error("worker: the database refuses a command, it is parked", "shard", o.claim.Shard,
				"type", it.env.Type, "offset", it.msg.Offset, "error", refused)
			if it.parkAs == "" {
				it.parkWith(reasonConflict, why)
			}
			refused = attempt([]*item{it}, 0)
		}
	})
}

// retryable reports whether deciding and writing again may succeed: a moved catalogue, a halt that is read again, a
// clock that is set right, and faults of the infrastructure.
func retryable(err error) bool {
	return errors.Is(err, store.ErrCatalogMoved) || errors.Is(err, store.ErrHalted) || errors.Is(err, store.ErrRunMoved) ||
		errors.Is(err, store.ErrClockAhead) || store.IsTransient(err)
}

func anyError(error) bool { return true }

// retry calls until it succeeds, an error is not worth another call, or ctx ends.
func (o *owner) retry(ctx context.Context, what string, call func() error, retryable func(error) bool) error {
	for pause := pauseFirst; ; pause = min(2*pause, pauseMax) {
		err := call()
		if err == nil || !retryable(err) || ctx.Err() != nil {
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

// attempt reads, decides and writes once.
func (o *owner) attempt(ctx context.Context, items []*item, end ending) error {
	wanted := wants(items)
	wanted.Shard = o.claim.Shard
	wanted.Streams = append(wanted.Streams, end.streams...)
	known, err := o.known(ctx, wanted)
	if err != nil {
		return err
	}
	if err := o.parkLost(ctx, items, wanted.Streams, known); err != nil {
		return err
	}
	catalog, err := o.latest(ctx, known)
	if err != nil {
		return err
	}
	if err := o.reserve(ctx, items, known, catalog); err != nil {
		return err
	}
	if err := o.readRuns(ctx, items, known); err != nil {
		return err
	}
	b, err := o.decideReady(ctx, items, known, catalog)
	if err != nil {
		return err
	}
	if err := end.write(b, items); err != nil {
		return err
	}
	return o.commit(ctx, b)
}

// commit writes a batch, and notes what the next rounds must poll because of it.
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

// decideAll decides the items. One whose decision fails is parked, and the others are decided again without it.
func (o *owner) decideAll(items []*item, known store.Known, catalog *domain.Catalog) (b *batch, err error) {
	var postponed error
	err = isolate(len(items), func() (failed int, err error) {
		b = o.newBatch(known, catalog, o.claim.DecidedAt)
		failed, err = b.decideEach(len(items), func(i int) error { return b.handle(items[i]) })
		postponed = nil
		if errors.As(err, new(*notYetError)) {
			postponed, err = err, nil
		}
		return failed, err
	}, func(failed int, err error) {
		it := items[failed]
		o.Log.Error("worker: a decision failed, its subject is parked", "shard", o.claim.Shard,
			"type", it.env.Type, "offset", it.msg.Offset, "error", err)
		it.parkWith(reasonBroken, err.Error())
	})
	if err != nil {
		return nil, err
	}
	if postponed != nil {
		return nil, postponed
	}
	b.freeAsked(items)
	return b, nil
}

// wants lists what the items need to know.
func wants(items []*item) store.Read {
	var r store.Read
	seen := make(map[string]bool, len(items))
	keys := make(map[uuid.UUID]bool, len(items))
	for _, it := range items {
		if it.forward != nil || it.stream == "" {
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
