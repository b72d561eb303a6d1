package audit

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"tenure/internal/store"
)

// pageEvents is how many events are read in one round trip.
const pageEvents = 10_000

// chains reads the events of all shards and computes their hashes again. An event whose hash does not fit is named with
// its shard, position and stream, and the next one is compared with the hash that is stored, so that all are found and
// not just the first; at most 100 in a shard. Events that are written meanwhile are left out.
func (a *auditor) chains(ctx context.Context) (details []string, err error) {
	heads, err := a.store.Heads(ctx)
	if err != nil {
		return nil, err
	}
	for _, shard := range slices.Sorted(maps.Keys(heads)) {
		c := &chainCheck{auditor: a, head: heads[shard], chainer: store.NewChainer()}
		if err := c.read(ctx); err != nil {
			return nil, fmt.Errorf("audit: chain of shard %d: %w", shard, err)
		}
		details = append(details, c.broken...)
	}
	return details, nil
}

// chainCheck is the hash chain of one shard, read up to its head.
type chainCheck struct {
	*auditor
	head    store.Head
	chainer *store.Chainer
	broken  []string
}

func (c *chainCheck) read(ctx context.Context) error {
	at, err := c.begin(ctx)
	if err != nil {
		return err
	}
	for at.Position < c.head.Head && len(c.broken) < violationsMax {
		page, err := c.store.Events(ctx, c.head.Shard, at.Position, pageEvents)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			c.breaks(at.Position+1, "")
			return nil
		}
		at = c.compare(at, page)
		if c.options.Progress != nil {
			c.options.Progress.Chain(c.head.Shard, at.Position, c.head.Head)
		}
	}
	if len(c.broken) == 0 && !bytes.Equal(at.Chain, c.head.Chain) {
		c.breaks(c.head.Head, "")
	}
	return nil
}

// begin is the place behind which the chain is read.
func (c *chainCheck) begin(ctx context.Context) (store.Place, error) {
	if c.options.Since.IsZero() {
		return store.Place{}, nil
	}
	first, err := c.store.PositionSince(ctx, c.head.Shard, c.options.Since, c.head.Head)
	if err != nil || first == 1 {
		return store.Place{}, err
	}
	page, err := c.store.Events(ctx, c.head.Shard, first-2, 1)
	if err != nil || len(page) == 0 {
		return store.Place{}, err
	}
	return page[0].Place(), nil
}

// compare takes a page behind a place and returns the place at its end.
func (c *chainCheck) compare(at store.Place, page []store.Event) store.Place {
	for i := range page[:min(int64(len(page)), max(0, c.head.Head-at.Position))] {
		e := &page[i]
		if e.Position != at.Position+1 || !bytes.Equal(c.chainer.Next(at.Chain, e), e.Chain) {
			c.breaks(at.Position+1, e.Stream)
		}
		at = e.Place()
	}
	return at
}

// breaks notes the place where events and hashes part: an event was changed, lost or put in afterwards.
func (c *chainCheck) breaks(position int64, stream string) {
	of := ""
	if stream != "" {
		of = ", an event of " + stream
	}
	c.broken = append(
		c.broken,
		fmt.Sprintf("the hash chain of shard %d breaks at position %d%s: the log was changed outside Tenure; "+
			"restore it, then: tenure audit", c.head.Shard, position, of),
	)
}
