package worker

import (
	"context"
	"fmt"
	"slices"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/store"
)

// A stream is in the shard that its key leads to. Where the topic was given more partitions, keys lead elsewhere and
// the streams stay: a command goes to the shard that knows the command, or else its stream, and a stream that is
// nowhere begins in the shard to which its key leads now (see internal/store/growth.go). As long as a topic never grew
// there is one such shard, and nothing is looked up.

// homes are the shards in which the stream of an item may be, the one in which it would begin last. A run's part in a
// shard is in the one that it names; where there is none, it is refused here.
func (o *owner) homes(it *item) []store.ShardID {
	if it.kind == domain.KindRunShard {
		named, ok := new(contract.Layout).ShardsOfStream(it.stream)
		if ok && named[0] < o.partitions() {
			return []store.ShardID{store.ShardID(named[0])}
		}
		return []store.ShardID{o.claim.Shard}
	}
	now := o.partitions()
	if it.row == nil { // a parked message begins a stream by what holds now
		now = o.claim.CountAt(it.msg.Offset)
	}
	key := []byte(contract.KeyOf(it.stream, string(it.msg.Key)))
	begins := contract.PartitionOf(key, now)
	partitions := contract.Homes(key, o.claim.Counts)
	partitions = append(slices.DeleteFunc(partitions, func(p int32) bool { return p == begins }), begins)
	shards := make([]store.ShardID, len(partitions))
	for i, partition := range partitions {
		shards[i] = store.ShardOf(o.claim.Shard.Family(), partition)
	}
	return shards
}

// sought is what locate looks for: the homes of items, and what may be in each.
type sought struct {
	homes map[*item][]store.ShardID
	in    map[store.ShardID]*store.Sought
}

// seek lists the items of which more than their keys must be known.
func (o *owner) seek(items []*item) sought {
	s := sought{homes: map[*item][]store.ShardID{}, in: map[store.ShardID]*store.Sought{}}
	for _, it := range items {
		if !it.astray {
			continue
		}
		shards := o.homes(it)
		s.homes[it] = shards
		for _, shard := range shards {
			if len(shards) > 1 {
				s.add(shard, it)
			}
		}
	}
	return s
}

func (s sought) add(shard store.ShardID, it *item) {
	if s.in[shard] == nil {
		s.in[shard] = &store.Sought{}
	}
	s.in[shard].Streams = append(s.in[shard].Streams, it.stream)
	s.in[shard].Commands = append(s.in[shard].Commands, it.key)
}

// locate finds out where the streams are of which more than their keys must be known, and addresses what came to
// another shard.
func (o *owner) locate(ctx context.Context, items []*item) error {
	s := o.seek(items)
	var found store.Whereabouts
	if len(s.in) > 0 {
		if err := o.retry(ctx, "locate", func() (err error) {
			found, err = o.Store.Locate(ctx, o.claim.Shard, s.in)
			return err
		}, retryable); err != nil {
			return err
		}
	}
	for it, shards := range s.homes {
		home := shards[len(shards)-1]
		if at, ok := found.Streams[it.stream]; ok {
			home = at
		}
		if at, ok := found.Commands[it.key]; ok {
			home = at
		}
		o.settle(it, home)
	}
	return nil
}

// settle keeps an item whose stream is here, and addresses it to the shard in which its stream is.
func (o *owner) settle(it *item, home store.ShardID) {
	it.astray = false
	switch {
	case home == o.claim.Shard:
	case it.sentOn() > len(o.claim.Counts):
		it.parkWith(reasonMisrouted, fmt.Sprintf("it was sent on before and its stream is in shard %d", home))
	default:
		partition := home.Partition()
		it.forward = &address{topic: it.msg.Topic, key: contract.KeyOf(it.stream, string(it.msg.Key)), partition: &partition}
	}
}
