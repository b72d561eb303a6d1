package node

import (
	"cmp"
	"context"
	"time"

	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// observeInterval is the time between two reads of the gauges from the database: two queries that an index answers, at
// the pace at which Prometheus scrapes.
const observeInterval = 10 * time.Second

// observe maintains the gauges that only the database knows. Each process does it: when no feed runs anywhere, the
// others must show the lag.
func (n *Node) observe(context.Context) error {
	n.metrics.Built(cmp.Or(n.config.Version, "unknown"))
	n.metrics.WatchPool(func() telemetry.PoolStat { return telemetry.PoolStat(n.Store.PoolStat()) })
	n.run("observation", func(ctx context.Context) error {
		ticker := time.NewTicker(observeInterval)
		defer ticker.Stop()
		for {
			n.sample(ctx)
			select {
			case <-ctx.Done():
				return nil
			case <-ticker.C:
			}
		}
	})
	return nil
}

// sample reads the gauges once. A failure is counted and leaves them as they were.
func (n *Node) sample(ctx context.Context) {
	limit, cancel := context.WithTimeout(ctx, observeInterval)
	defer cancel()
	n.sampleDependencies(limit)
	found, err := n.Store.Observe(limit)
	if err != nil {
		if ctx.Err() == nil {
			n.log.Warn("node: the gauges cannot be read from the database", telemetry.Err(err), telemetry.KeyWait,
				observeInterval)
		}
		n.metrics.ObservationFailed()
		n.watch.troubled(time.Now())
		return
	}
	n.metrics.FeedBehind(behind(found.Readers, n.Clock.Now()))
	n.metrics.ParkedNow(waiting(found.Parked, n.Clock.Now()))
	if err := n.sampleAlarms(limit); err != nil && ctx.Err() == nil {
		n.log.Warn("node: some gauges cannot be read", telemetry.Err(err), telemetry.KeyWait, observeInterval)
		n.metrics.ObservationFailed()
	}
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

// age is 0 for a zero time, and for one that another machine's clock has put after now.
func age(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(now.Sub(at), 0)
}
