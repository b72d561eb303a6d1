package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// Some commands need what other shards are still about to decide: a run starts when the one before it is complete, and
// ends when it is through everywhere; a login name is free when the command is refused for which it is reserved. How
// far those shards are depends on the moment, and the same command taken again, after a failover, would have another
// outcome. So such a command waits, as long as what it needs can still come.
//
// What stands before it in the batch is committed first: it may be what is needed. What stands behind it in the shard
// waits with it, so nothing that only the same shard can bring is waited for, and the names that are reserved for it
// are given back: two shards that wait do not have what the other one waits for. A circle over several shards is still
// possible in a history in disorder, as is a run that is never driven on: therefore a wait is bounded, and the command
// is refused behind the bound. Nobody else is held up meanwhile: the owner has no transaction, no lock and, after a
// moment, no slot, and its session ends the wait. The watchdog counts the time of a decision, and each of these is
// short: it is made again, with what is there by then.

const (
	// notYetMax is how long a shard waits, so that an order to abandon a run, which may stand behind the command that
	// waits for it, is not locked out for longer.
	notYetMax = 30 * time.Second
	// notYetPause and notYetPauseMax are those between looks.
	notYetPause, notYetPauseMax = 20 * time.Millisecond, 500 * time.Millisecond
)

// notYetError says that an item needs what may still come.
type notYetError struct {
	at  int
	why string
}

// Error says which one and why.
func (e *notYetError) Error() string {
	return fmt.Sprintf("worker: item %d of a batch waits: %s", e.at, e.why)
}

// notYet reports whether a command is refused for what may still come. An operator decides when a parked one is decided
// again.
func (it *item) notYet(refused *domain.Rejection) bool {
	switch {
	case it.waited || it.row != nil:
		return false
	case it.loginOpen:
		return true
	case refused.Code != domain.CodeNotReady:
		return false
	}
	why, awaits := it.awaits()
	return awaits != "" && why == refused.Message
}

// awaits is why the command is not decided yet, and the stream whose next event may change that.
func (it *item) awaits() (why, stream string) {
	switch {
	case it.result != nil:
		return it.result.NotReady, it.result.Awaits
	case it.document != nil:
		return it.document.NotReady, it.document.Awaits
	case it.booked != nil:
		return it.booked.NotReady, it.booked.Awaits
	}
	return "", ""
}

// postpone is what follows when an item of a batch is not decided yet: those before it are written first, then it is
// decided alone, until what it needs has come. Nil: it is refused, since it has waited, or in vain.
func (o *owner) postpone(items []*item, notYet *notYetError) error {
	it := items[notYet.at]
	switch {
	case notYet.at > 0:
		return &splitError{at: notYet.at}
	case !o.waits(it):
		it.waited = true
		return nil
	case len(items) > 1:
		return &splitError{at: 1}
	}
	return notYet
}

// decideReady is decideAll of items that have what they need, or have waited for it.
func (o *owner) decideReady(ctx context.Context, items []*item, known store.Known, catalog *domain.Catalog) (*batch,
	error) {
	for {
		b, err := o.decideAll(items, known, catalog)
		var notYet *notYetError
		if !errors.As(err, &notYet) {
			return b, err
		}
		if postponed := o.postpone(items, notYet); postponed != nil {
			return nil, o.stepBack(ctx, items, notYet.at, known, postponed)
		}
	}
}

// stepBack gives back what is reserved behind an item that waits, and returns why it does.
func (o *owner) stepBack(ctx context.Context, items []*item, at int, known store.Known, postponed error) error {
	if at > 0 {
		return postponed
	}
	if err := o.freeOpen(ctx, items[1:], known); err != nil {
		return err
	}
	return postponed
}

// waits reports whether a shard waits for what the first of its commands needs. The bound is the shard's, over all of
// them: many that wait in vain hold it up no longer than one.
func (o *owner) waits(it *item) bool {
	if _, stream := it.awaits(); o.hasRun(stream) {
		return false // it stands behind the command, or never comes
	}
	now, bound := time.Now(), cmp.Or(o.notYetMax, notYetMax)
	if now.Sub(o.waitUntil) > bound {
		o.waitUntil = now.Add(bound)
	}
	return now.Before(o.waitUntil)
}

// hasRun reports whether a stream is a run of this shard.
func (o *owner) hasRun(stream string) bool {
	kind, _ := domain.SplitStream(stream)
	topic, _ := contract.CommandTopic(kind)
	return kind == domain.KindRun && topic == o.topic &&
		contract.PartitionOf([]byte(contract.KeyOf(stream, "")), o.partitions()) == o.claim.Shard.Partition()
}

// whenReady calls attempt until what its item needs has come, or it has waited for too long.
func (o *owner) whenReady(ctx context.Context, attempt func() error) error {
	err := attempt()
	var notYet *notYetError
	if !errors.As(err, &notYet) {
		return err
	}
	began := time.Now()
	o.Log.Info("worker: a command waits for what other shards decide", telemetry.KeyShard, o.claim.Shard,
		telemetry.KeyReason, notYet.why)
	for pause := notYetPause; errors.As(err, &notYet); pause = min(2*pause, notYetPauseMax) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		err = attempt()
	}
	if err == nil {
		o.endWait(notYet, began)
	}
	return err
}

// endWait notes that a command is decided that has waited. Where what it needed has come, the next one may wait as
// long.
func (o *owner) endWait(was *notYetError, began time.Time) {
	o.Log.Info("worker: a command has waited", telemetry.KeyShard, o.claim.Shard, telemetry.KeyReason, was.why,
		telemetry.KeyTook, time.Since(began).Truncate(time.Millisecond))
	if time.Now().Before(o.waitUntil) {
		o.waitUntil = time.Time{}
	}
}
