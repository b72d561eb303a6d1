package node

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"tenure/contract"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/runs"
	"tenure/internal/store"
)

// sampleAlarms reads what alerting rules on the whole system need. Every process does it as far as its rights reach, so
// that an alert is raised also when the part that it is about is gone.
func (n *Node) sampleAlarms(ctx context.Context) error {
	errs := []error{n.sampleSystem(ctx), n.sampleHalts(ctx)}
	if n.seesRuns() {
		errs = append(errs, n.sampleRuns(ctx))
	}
	return errors.Join(append(errs, n.sampleWaiting(ctx))...)
}

// seesRuns reports whether this process may read the states of runs, which the role of the APIs may not.
func (n *Node) seesRuns() bool {
	return n.config.Has(config.RoleWorker) || n.config.Has(config.RoleFeed) || n.config.Has(config.RoleConsole)
}

// sampleDependencies asks database and brokers for a sign of life.
func (n *Node) sampleDependencies(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, observeInterval/2)
	defer cancel()
	for name, ask := range n.depends {
		n.metrics.Reached(name, ask(ctx) == nil)
	}
}

func (n *Node) sampleSystem(ctx context.Context) error {
	asked := time.Now()
	found, err := n.Store.System(ctx)
	if err != nil {
		return err
	}
	middle := asked.Add(time.Since(asked) / 2)
	n.metrics.Schema(found.Schema, store.SchemaWanted())
	n.metrics.ClockSkew(middle.Sub(found.At))
	n.metrics.LogAhead(found.Decided.Sub(n.Clock.Now()))
	if found.Audited {
		n.metrics.Audited(found.AuditAge, found.AuditBroken)
	}
	return nil
}

func (n *Node) sampleHalts(ctx context.Context) error {
	halts, err := n.Store.Halts(ctx)
	if err != nil {
		return err
	}
	since := map[string]time.Duration{}
	for _, h := range halts {
		since[h.Scope] = age(h.At, n.Clock.Now())
	}
	n.metrics.HaltedNow(since)
	return nil
}

// sampleRuns reports on the run under way where no scheduler of this process does.
func (n *Node) sampleRuns(ctx context.Context) error {
	if n.config.Has(config.RoleScheduler) {
		return nil
	}
	watcher := &runs.Driver{Store: n.Store, Clock: n.Clock, Policy: n.config.Policy, Log: n.log,
		Bounds: runs.BoundsFor(n.Clock, n.config.Bounds), ExpectBy: n.config.ExpectBy, Observer: n.metrics}
	return watcher.Look(ctx)
}

func (n *Node) sampleWaiting(ctx context.Context) error {
	waiting, err := command.Waiting(ctx, n.Store, n.lookup)
	if err != nil {
		return err
	}
	for place, commands := range waiting {
		topic, text, _ := strings.Cut(place, "/")
		partition, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return err
		}
		if shard, ok := contract.ShardOf(topic, int32(partition)); ok {
			n.metrics.CommandsWaiting(topic, shard, commands)
		}
	}
	return nil
}
