package simulation

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/audit"
	"tenure/internal/feed"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/test/digest"
	"tenure/projections"
)

// live plays a life to its end and gives the digest of what has become of it.
func (w *world) live(l life) *digest.Digest {
	w.t.Helper()
	for day, orders := range l.days {
		w.day(l.first.AddDate(0, 0, day), orders)
	}
	w.day(l.first.AddDate(0, 0, len(l.days)), nil)
	return w.whole(l)
}

// day is the night before a day and the orders of the day.
func (w *world) day(noon time.Time, orders []order) {
	w.t.Helper()
	w.newDay()
	w.set(noon)
	w.awaitMoment(true)
	if w.wild {
		stop := w.disturb()
		defer func() {
			for fault, n := range stop() {
				w.happened[fault] += n
			}
			w.answered(orders...) // again, what was lost last
			w.taken()
			w.operate()
		}()
	}
	w.night(noon)
	if w.nightOver() {
		w.taken()
		w.night(noon)
	}
	for i, phase := range phases(orders) {
		if i == 1 {
			w.settled.Store(true)
			w.awaitMoment(false)
		}
		w.publish(phase...)
		w.answered(phase...)
		if i == 1 {
			w.replay()
		}
	}
}

// night waits until everything is done that is due, runs included.
func (w *world) night(noon time.Time) {
	w.t.Helper()
	w.eventually("nobody is due at "+noon.Format(time.DateOnly), func() bool { return w.nobodyDue(noon) })
	w.eventually("the night of "+noon.Format(time.DateOnly)+" is complete", func() bool {
		missing, err := runstate.Missing(context.Background(), w.store, noon, w.policy.Zone())
		return err == nil && len(missing) == 0
	})
}

func (w *world) nobodyDue(now time.Time) bool {
	for _, shard := range w.shards() {
		due, err := w.store.DueNow(context.Background(), store.ShardID(shard), now, 1)
		if err != nil || len(due) > 0 {
			return false
		}
	}
	return true
}

// whole fails unless all invariants hold, and gives the digest.
func (w *world) whole(l life) *digest.Digest {
	w.t.Helper()
	for _, orders := range l.days {
		w.answered(orders...)
	}
	w.operate()
	names := []string{feed.RelayName, feed.OutcomesName}
	for _, p := range projections.All() {
		names = append(names, p.Name())
	}
	w.eventually("the readers have caught up", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), readersPause)
		defer cancel()
		behind := feed.Caught(ctx, w.store, nil, names...)
		if behind != nil {
			w.log.Warn("readers are behind", "error", behind)
			w.expireAll()
		}
		return behind == nil
	})
	w.refilled()
	broken, err := audit.Violations(context.Background(), w.store)
	require.NoError(w.t, err)
	require.Empty(w.t, broken)
	digest.TopicsHoldTheLog(w.t, w.store, w.kafka(w.own), w.losesOutput.partitions()...)
	w.replaysHoldTheLog()
	return digest.Of(w.t, w.store).OnDays()
}

// refilled waits until what topics lost is published again. Who began that may have died, or never have heard that it
// holds it: see readersPause.
func (w *world) refilled() {
	w.t.Helper()
	for until := time.Now().Add(noticedWithin); ; w.expireReplays() {
		moments.Add(1)
		lacking := digest.Lacking(w.t, w.store, w.kafka(w.own))
		if len(lacking) == 0 {
			return
		}
		w.log.Info("topics lack", "names", lacking)
		if time.Now().After(until) {
			w.dump()
			require.Empty(w.t, lacking, "what topics lost is published again within "+noticedWithin.String())
		}
		<-time.After(readersPause)
	}
}
