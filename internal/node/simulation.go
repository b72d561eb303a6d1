package node

import (
	"context"
	"errors"
	"fmt"

	"tenure/contract"
	"tenure/internal/clock"
)

// ErrLive reports that a system has lived on real time: simulating its clock, or the confirmations of its providers,
// would bill and delete for real.
var ErrLive = errors.New("the system has lived on real time")

// simulated reports whether business time is simulated.
func (n *Node) simulated() bool {
	_, real := n.Clock.(clock.System)
	return !real
}

// neverLive fails where the database has events, or configured brokers have commands, although no clock is simulated: a
// clock is simulated from the beginning of a system or never. Its decisions could not be taken back, and their times
// would hold up the shards until real time has passed them.
func (n *Node) neverLive(ctx context.Context) error {
	if _, set, err := n.Store.Clock(ctx); err != nil || set {
		return err
	}
	heads, err := n.Store.Heads(ctx)
	if err != nil {
		return err
	}
	events := int64(0)
	for _, head := range heads {
		events += head.Head
	}
	if events > 0 {
		return fmt.Errorf("%w: its database has %d events; a simulated clock needs a new database", ErrLive, events)
	}
	if len(n.config.Kafka.Brokers) == 0 {
		return nil
	}
	states, err := n.lookup.TopicStates(ctx, contract.CommandTopics())
	if err != nil {
		return err
	}
	for i, state := range states {
		for _, p := range state.Partitions {
			if p.Newest > p.Oldest {
				return fmt.Errorf("%w: its topic %s has messages; a simulated clock needs its own topics: "+
					"TENURE_KAFKA_TOPIC_PREFIX", ErrLive, contract.CommandTopics()[i])
			}
		}
	}
	return nil
}

// mayConfirm fails where a simulated provider would confirm deletions of a live system, which nobody has carried out.
func (n *Node) mayConfirm() error {
	own := len(n.config.Kafka.Brokers) == 0 && n.config.Postgres.DSN == ""
	if own || n.simulated() {
		return nil
	}
	return fmt.Errorf("%w: a simulated provider would confirm deletions that no provider has carried out; use "+
		"--provider none",
		ErrLive)
}
