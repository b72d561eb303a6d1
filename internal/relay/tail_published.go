package relay

import (
	"context"
	"errors"
	"slices"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
)

// publishedWindow is how many positions up to a checkpoint are looked for on the topics under a new lease: an election
// may have cost them their tail while nobody published.
const publishedWindow = 100

// publishedTail is what topics have of a shard up to its checkpoint, as far as their ends were read.
type publishedTail struct {
	from   int64           // behind this position messages are looked for
	there  map[string]bool // what is there of them, by name
	lowest map[partition]foundAt
	former map[string][]int32 // how many partitions a topic may have had, where a message shows that it had fewer
}

type partition struct {
	topic  string
	number int32
}

// foundAt is a message of the shard on a partition.
type foundAt struct{ position, offset int64 }

func newPublishedTail(checkpoint int64) *publishedTail {
	return &publishedTail{from: max(checkpoint-publishedWindow, 0), there: map[string]bool{},
		lowest: map[partition]foundAt{}, former: map[string][]int32{}}
}

// add notes a message up to the checkpoint; its topic has count partitions. What was published before an operator
// accepted the topics, or out of its order by a replay, does not tell what should be behind it.
func (p *publishedTail) add(m bus.Message, position int64, accepted bool, count int32) {
	p.addPlace(m, count)
	if position > p.from {
		p.there[nameOf(m)] = true
	}
	if accepted || len(m.Header("ce_replay")) > 0 {
		return
	}
	at := partition{m.Topic, m.Partition}
	if known, ok := p.lowest[at]; !ok || position < known.position {
		p.lowest[at] = foundAt{position, m.Offset}
	}
}

// addPlace notes what the place of a message says of how many partitions its topic had. Of one that was given more
// twice within the window nothing is known any more, and what it lost is not seen.
func (p *publishedTail) addPlace(m bus.Message, count int32) {
	if contract.PartitionOf(m.Key, count) == m.Partition {
		return
	}
	counts, known := p.former[m.Topic]
	for n := int32(1); !known && n < count; n++ {
		counts = append(counts, n)
	}
	p.former[m.Topic] = slices.DeleteFunc(counts, func(n int32) bool {
		return contract.PartitionOf(m.Key, n) != m.Partition
	})
}

// places are where a message may have been published: a key has another place since its topic has more partitions.
func (p *publishedTail) places(m bus.Message, count int32) (all []partition) {
	for _, n := range append([]int32{count}, p.former[m.Topic]...) {
		all = append(all, partition{m.Topic, contract.PartitionOf(m.Key, n)})
	}
	return all
}

// reportLost looks for what was published last of a shard. A message that a partition lacks, although it has an earlier
// one of the shard, was lost: retention removes what is older first.
func (c *tailCheck) reportLost(ctx context.Context, shard store.ShardID, found *compared) error {
	reported := map[partition]bool{}
	for at := (store.Place{Position: found.published.from}); at.Position < found.after.Position; {
		messages, next, err := c.expect(ctx, shard, at, publishedWindow)
		for _, m := range messages {
			if err := c.lookFor(m, found, reported); err != nil {
				return err
			}
		}
		var stop *feed.Stop
		if errors.As(err, &stop) { // this build cannot tell what was published
			return nil
		}
		if err != nil || next.Position <= at.Position {
			return err
		}
		at = store.Place{Position: next.Position}
	}
	return nil
}

// lookFor reports the loss of a message that was published, once for each partition.
func (c *tailCheck) lookFor(m bus.Message, found *compared, reported map[partition]bool) error {
	_, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	if err != nil || position > found.after.Position || found.published.there[nameOf(m)] {
		return err
	}
	count, err := c.tails.Partitions(m.Topic)
	if err != nil {
		return err
	}
	for _, at := range found.published.places(m, count) {
		if lowest, ok := found.published.lowest[at]; ok && lowest.position < position && !reported[at] {
			reported[at] = true
			c.tails.ReportLost(at.topic, at.number, lowest.offset+1)
		}
	}
	return nil
}
