package replay

import (
	"context"
	"slices"
	"time"

	"tenure/internal/feed"
	"tenure/internal/store"
)

// spans turns what is asked for into positions of each shard, by shard. Of a shard that has none of it there is no
// span.
func (r *Runner) spans(ctx context.Context, o Request, from source) ([]store.Span, error) {
	ends, err := r.ends(ctx, o, from)
	if err != nil {
		return nil, err
	}
	streams, err := r.streams(ctx, o, from)
	if err != nil {
		return nil, err
	}
	var spans []store.Span
	for shard, end := range ends {
		if !o.Filter.readsShard(shard) {
			continue
		}
		span, err := o.Filter.span(ctx, from, store.Span{Shard: shard, First: 1, Last: end})
		if err != nil {
			return nil, err
		}
		if streams != nil {
			span.First, span.Last = max(span.First, streams[shard].First), min(span.Last, streams[shard].Last)
		}
		if span.First <= span.Last {
			spans = append(spans, span)
		}
	}
	slices.SortFunc(spans, func(a, b store.Span) int { return int(a.Shard - b.Shard) })
	return spans, nil
}

// ends are the last positions that a replay may read: the head, or where the relay is when it is about what is missing.
func (r *Runner) ends(ctx context.Context, o Request, from source) (map[store.ShardID]int64, error) {
	heads, err := r.Store.Heads(ctx)
	if err != nil {
		return nil, err
	}
	ends := map[store.ShardID]int64{}
	for shard, head := range heads {
		if shard != store.CatalogShard || from.reader() != feed.RelayName { // nothing of the catalogue is published
			ends[shard] = from.head(head)
		}
	}
	if !o.Missing {
		return ends, nil
	}
	published, err := r.published(ctx, from.reader())
	if err != nil {
		return nil, err
	}
	for shard := range ends {
		ends[shard] = min(ends[shard], published[shard])
	}
	return ends, nil
}

// streams are the positions between which the streams of an order stand, where it names streams; nil: anywhere. A
// stream has one shard, and a long log is not read for one employee.
func (r *Runner) streams(ctx context.Context, o Request, from source) (map[store.ShardID]store.Span, error) {
	names, exact := o.Filter.exactStreams()
	if !exact || from.reader() != feed.RelayName {
		return nil, nil
	}
	spans := map[store.ShardID]store.Span{}
	for _, name := range names {
		span, found, err := r.Store.StreamSpan(ctx, name)
		if err != nil {
			return nil, err
		}
		if before, known := spans[span.Shard]; found && known {
			span.First, span.Last = min(span.First, before.First), max(span.Last, before.Last)
		}
		if found {
			spans[span.Shard] = span
		}
	}
	return spans, nil
}

// readsShard reports whether a shard is asked for: by its number, or by a position of it.
func (f Filter) readsShard(shard store.ShardID) bool {
	if len(f.Shards) > 0 && !slices.Contains(f.Shards, shard) {
		return false
	}
	positions, named := false, false
	for _, b := range slices.Concat(f.From, f.To) {
		positions = positions || b.At.IsZero()
		named = named || b.At.IsZero() && b.Shard == shard
	}
	return named || !positions
}

// span narrows a shard to the bounds.
func (f Filter) span(ctx context.Context, from source, span store.Span) (store.Span, error) {
	span, err := from.between(ctx, span, timeOf(f.From), timeOf(f.To))
	if err != nil {
		return span, err
	}
	for _, b := range f.From {
		if b.At.IsZero() && b.Shard == span.Shard {
			span.First = max(span.First, b.Position)
		}
	}
	for _, b := range f.To {
		if b.At.IsZero() && b.Shard == span.Shard {
			span.Last = min(span.Last, b.Position)
		}
	}
	return span, nil
}

// timeOf is the time among bounds, zero when they are positions or none.
func timeOf(bounds []Bound) time.Time {
	for _, b := range bounds {
		if !b.At.IsZero() {
			return b.At
		}
	}
	return time.Time{}
}
