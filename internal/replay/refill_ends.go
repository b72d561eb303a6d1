package replay

import (
	"context"
	"maps"
	"slices"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// lostEnd is what a relay has noted as published last of a shard in a partition, and what is not there any more.
type lostEnd struct {
	shard store.ShardID
	end   store.PublishedEnd
}

// lostEnds are those of a topic. What a process that dies has not published again by then, the next finds by them.
func (f *Refill) lostEnds(ctx context.Context, reader, topic string) (lost []lostEnd, err error) {
	noted, err := f.Runner.Store.Published(ctx, reader)
	if err != nil {
		return nil, err
	}
	shards := shardsOf(noted, topic)
	gone, _, err := f.Runner.Lookup.Gone(ctx, slices.Collect(maps.Keys(shards)))
	for _, e := range gone {
		for _, shard := range shards[e] {
			lost = append(lost, lostEnd{shard, store.PublishedEnd(e)})
		}
	}
	return lost, err
}

// shardsOf are those that have noted an end of a topic.
func shardsOf(noted map[store.ShardID][]store.PublishedEnd, topic string) map[bus.End][]store.ShardID {
	shards := map[bus.End][]store.ShardID{}
	for shard, ends := range noted {
		for _, e := range ends {
			if e.Topic == topic {
				shards[bus.End(e)] = append(shards[bus.End(e)], shard)
			}
		}
	}
	return shards
}

// replaceEnds notes, once a topic has everything again, where its partitions end instead of what was lost: that message
// is behind all that the shard has there, whoever's it is. What a relay has noted meanwhile stays.
func (f *Refill) replaceEnds(ctx context.Context, reader string, lost []lostEnd) error {
	for _, l := range lost {
		last, found, err := f.Runner.Lookup.Last(ctx, l.end.Topic, l.end.Partition)
		if err != nil {
			return err
		}
		now := (*store.PublishedEnd)(&last)
		if !found {
			now = nil
		}
		if err := f.Runner.Store.ReplacePublished(ctx, reader, l.shard, l.end, now); err != nil {
			return err
		}
	}
	return nil
}
