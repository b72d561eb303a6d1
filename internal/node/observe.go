package node

import (
	"cmp"
	"context"
	"time"

	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// observeEvery is how often the database is asked for what the gauges show: two queries that an index answers, at the pace
// at which Prometheus scrapes.
const observeEvery = 10 * time.Second

// observe keeps the gauges that only the database knows. Each process does it: when no feed runs anywhere, the lag must be
// seen by the others.
func (n *Node) observe(context.Context) error {
	n.metrics.Built(cmp.Or(n.config.Version, "unknown"))
	n.metrics.WatchPool(func() telemetry.PoolStat { return telemetry.PoolStat(n.Store.PoolStat()) })
	n.run("observation", func(ctx context.Context) error {
		ticker := time.NewTicker(observeEvery)
		defer ticker.Stop()
		for {
			n.look(ctx)
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			}
		}
	})
	return nil
}

// look asks once. What cannot be asked stands as it was, and is counted.
func (n *Node) look(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, observeEvery)
	defer cancel()
	found, err := n.Store.Observe(limit)
	if err != nil {
		if ctx.Err() == nil {
			n.log.Warn("node: the database does not answer what the metrics show", telemetry.Err(err))
		}
		n.metrics.ObservationFailed()
		n.watch.troubled(time.Now())
		return
	}
	n.metrics.FeedBehind(behind(found.Readers, n.Clock.Now()))
	n.metrics.ParkedNow(waiting(found.Parked, n.Clock.Now()))
	n.watch.Beat("observation", time.Now())
}

func behind(readers []store.ReaderBehind, now time.Time) []telemetry.Behind {
	list := make([]telemetry.Behind, len(readers))
	for i, r := range readers {
		list[i] = telemetry.Behind{Subscriber: r.Name, Shard: int32(r.Shard), Events: r.Events, Oldest: age(r.Oldest, now)}
	}
	return list
}

func waiting(parked []store.ParkedWaiting, now time.Time) []telemetry.Waiting {
	list := make([]telemetry.Waiting, len(parked))
	for i, p := range parked {
		list[i] = telemetry.Waiting{Reason: p.Reason, Count: p.Count, Oldest: age(p.Oldest, now)}
	}
	return list
}

// age is 0 for what is not there, and for what another machine's clock has made later than now.
func age(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(now.Sub(at), 0)
}
