package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tenure/contract"
	"tenure/internal/activity"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/feed"
	"tenure/internal/keyring"
	"tenure/internal/rebuild"
	"tenure/internal/relay"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/internal/worker"
	"tenure/projections"
)

// followClock sets a simulated clock if one is configured. A later one, from a former start on the same data, is kept.
func (n *Node) followClock(ctx context.Context) error {
	if at := n.config.Clock; !at.IsZero() {
		if err := n.neverLive(ctx); err != nil {
			return err
		}
		err := n.Store.SetClock(ctx, at)
		if errors.Is(err, store.ErrClockBack) {
			n.log.Warn("node: the simulated clock is later already and is kept", telemetry.KeyNext, "tenure clock show")
		} else if err != nil {
			return err
		}
	}
	following, cancel := context.WithCancel(context.Background())
	c, err := clock.Follow(following, n.Store)
	if err != nil {
		cancel()
		return err
	}
	n.Clock = c
	n.metrics.ClockSimulated(n.simulated())
	switch {
	case n.simulated() && !n.config.Clock.IsZero(): // it was asked for
		n.log.Info("node: business time is simulated")
	case n.simulated():
		n.log.Warn("node: business time is simulated; this system is no production", telemetry.KeyNext, "tenure clock show")
	}
	n.onStop("clock", func(context.Context) error {
		cancel()
		return nil
	})
	return nil
}

func (n *Node) startWorker(ctx context.Context) error {
	lookup, err := bus.NewTopicReader(n.Kafka)
	if err != nil {
		return err
	}
	n.onStop("lookup", func(context.Context) error {
		lookup.Close()
		return nil
	})
	keys, err := keyring.New(ctx, n.Store, n.log)
	if err != nil {
		return err
	}
	w := &worker.Worker{
		Store:     n.Store,
		Publisher: n.publisher,
		Lookup:    lookup,
		Clock:     n.Clock,
		Policy:    n.config.Policy,
		Log:       n.log,
		Observer:  n.metrics,
		Spans:     n.spans,
		Catalog:   n.catalog,
		Keys:      keys, Unsigned: n.config.Unsigned, OnUnsigned: n.metrics.UnsignedCommand,
	}
	n.watch.expect(contract.CommandTopics()...)
	n.run("worker", func(ctx context.Context) error {
		return bus.Consume(ctx, n.Kafka, n.config.Group, contract.CommandTopics(), w)
	})
	return nil
}

// traceRead exports a page of a reader of the log as a span.
func (n *Node) traceRead(subscriber string, began time.Time, shards int, lag int64) {
	n.spans.Work("tenure read "+subscriber, began, time.Now(),
		map[string]int64{"tenure.shards": int64(shards), "tenure.lag": lag})
}

// startFeed drives the read models and the relay to Kafka.
func (n *Node) startFeed(context.Context) error {
	reader := feed.NewReader(n.Store)
	subscribers := append(feed.Projections(reader), relay.Subscribers(reader, n.catalog, n.publisher, n.metrics)...)
	n.startRefill() // before a relay finds that something was lost
	n.run("feed", func(ctx context.Context) error {
		return feed.Run(ctx, feed.Config{
			Store: n.Store, Subscribers: subscribers, Log: n.log, Observer: feedWatch{n.metrics, n.watch},
			Traced: n.traceRead,
		})
	})
	n.run("read models", func(ctx context.Context) error {
		rebuild.Upkeep(ctx, n.Store, projections.All(), rebuild.Options{}, n.log)
		feed.Retire(ctx, n.Store, projections.Former(), n.log)
		<-ctx.Done() // nothing more to do until a newer build starts
		return nil
	})
	n.watch.expect(contract.EmployeeActivity)
	n.run("activity", func(ctx context.Context) error {
		taker := &activity.Taker{Database: n.Store, Topics: n.lookup, Log: n.log}
		return bus.Consume(ctx, n.Kafka, n.config.Group, []string{contract.EmployeeActivity}, taker)
	})
	return nil
}

// startRuns drives the nightly runs over all shards of employees.
func (n *Node) startRuns(ctx context.Context) error {
	if _, err := EmployeeShards(n.publisher); err != nil {
		return err
	}
	driver := n.driver()
	driver.Observer, driver.Spans = runsWatch{n.metrics, n.watch}, n.spans
	n.run("runs", driver.Run)
	return nil
}

// driver drives runs, with the plans of this process.
func (n *Node) driver() *runs.Driver {
	policy := n.config.Policy
	shards := func(context.Context) ([]int32, error) { return EmployeeShards(n.publisher) }
	planner := &worker.Planner{Store: n.Store, Clock: n.Clock, Policy: policy, Shards: shards, Publisher: n.publisher,
		Catalog: n.catalog, Log: n.log}
	return &runs.Driver{
		Store: n.Store, Publisher: n.publisher, Clock: n.Clock, Policy: policy, Log: n.log,
		Planner: planner.Plan, Opens: planner.Opens,
		Bounds: runs.BoundsFor(n.Clock, n.config.Bounds), ExpectBy: n.config.ExpectBy,
	}
}

// EmployeeShards are the shards that a run goes through: one for each partition of the employees' commands.
func EmployeeShards(publisher *bus.Publisher) ([]int32, error) {
	partitions, err := publisher.CountPartitions(contract.EmployeeCommands)
	if err != nil {
		return nil, fmt.Errorf("%w; when the topics are missing, run: tenure topics create", err)
	}
	shards := make([]int32, partitions)
	for p := range shards {
		shards[p] = int32(store.ShardOf(store.FamilyEmployee, int32(p)))
	}
	return shards, nil
}
