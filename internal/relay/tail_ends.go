package relay

import (
	"context"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// What topics lost of what was published. With its checkpoint, and in its statement, a relay notes where in each
// partition of the page the last message went, and its id. Nobody but who holds the lease moves these ends, so that
// each says for good: this message, and with it all that the shard published there before, was acknowledged at that
// offset. Under a new lease, before anything is published, each of them is looked at: a partition that ends before, or
// has another message there, has lost its end in an election; one that begins behind it has lost nothing but by
// retention. An older build beside moves the checkpoint and leaves the ends as they are, which stay true.
//
//   - Killed before the checkpoint: what was published behind it is compared as the end of the topics is (tailCheck);
//     what the topic lacks of it is published by the relay itself. What is there is noted with the checkpoint that
//     passes it by.
//   - Killed behind the checkpoint: the ends are those of the page.
//   - A partition that loses something while a page is on its way to it may have lost a part of the page, which no end
//     tells of. Its checkpoint does not move: the page is compared with the topics, and what they lack is published.
//   - A partition that has lost something, or may have while that cannot be read, keeps its ends as they are until it
//     has everything again: whoever is killed before leaves them to the next. Who publishes again what was lost then
//     notes the end of the partition in place of those that were lost (package replay).
//   - A topic that was deleted and made again has lost everything. A partition that was added has no ends yet.
//
// A page of a shard writes as many ends as it has partitions, about 60 bytes each, into the row that it writes anyway.

// verify looks for the ends of shards under new leases. What the ends of the topics have shown is not read again.
func (c *tailCheck) verify(ctx context.Context, ends map[bus.End]bool) error {
	left := make([]bus.End, 0, len(ends))
	for e := range ends {
		left = append(left, e)
	}
	return c.tails.Verify(ctx, left)
}

// noted are the ends of the shards under new leases.
func (c *tailCheck) noted(ctx context.Context, fresh map[store.ShardID]*compared) (map[bus.End]bool, error) {
	all, err := c.store.Published(ctx, c.reader)
	if err != nil {
		return nil, err
	}
	ends := map[bus.End]bool{}
	for shard := range fresh {
		for _, e := range all[shard] {
			ends[bus.End(e)] = true
		}
	}
	return ends, nil
}

// pageEnds are the last messages of a page in its partitions.
type pageEnds map[partition]bus.End

type partition struct {
	topic  string
	number int32
}

func (p pageEnds) add(e bus.End) {
	at := partition{e.Topic, e.Partition}
	if known, ok := p[at]; e.Offset >= 0 && (!ok || known.Offset < e.Offset) {
		p[at] = e
	}
}

// published adds the messages of a page that were acknowledged, of each partition the last: one whose place is not
// known leaves it at those before.
func (p pageEnds) published(messages []bus.Message) {
	for i := len(messages) - 1; i >= 0; i-- {
		m := &messages[i]
		if known, ok := p[partition{m.Topic, m.Partition}]; !ok || known.Offset < m.Offset {
			p.add(bus.EndOf(*m))
		}
	}
}

// toNote are the ends of a page in partitions that have everything.
func (c *tailCheck) toNote(p *page) []store.PublishedEnd {
	if c.tails == nil {
		return nil
	}
	ends := make([]store.PublishedEnd, 0, len(p.ends))
	for at, e := range p.ends {
		if c.tails.Sure(at.topic, at.number) {
			ends = append(ends, store.PublishedEnd(e))
		}
	}
	return ends
}

// losses counts the partitions that have lost messages.
func (c *tailCheck) losses() int64 {
	if c.tails == nil {
		return 0
	}
	return c.tails.Losses()
}

// hasLost reports whether a partition of a page has lost messages since the page was begun.
func (c *tailCheck) hasLost(p *page) bool {
	if c.losses() == p.losses {
		return false
	}
	for at := range p.ends {
		if !c.tails.Sure(at.topic, at.number) {
			return true
		}
	}
	return false
}
