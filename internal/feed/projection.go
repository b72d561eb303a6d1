package feed

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"tenure/events"
	"tenure/internal/store"
	"tenure/projections"
)

// Project drives a projection: its rows and its checkpoints move in one transaction.
func Project(r *Reader, p projections.Projection) Subscriber {
	// Types that this build does not know are not among them: nothing steps over those.
	return &projector{reader: r, projection: p, skipped: slices.DeleteFunc(events.Readable(), p.Wants)}
}

// Projections are the subscribers of all read models. They share one reader of the log.
func Projections(r *Reader) []Subscriber {
	all := projections.All()
	subscribers := make([]Subscriber, len(all))
	for i, p := range all {
		subscribers[i] = Project(r, p)
	}
	return subscribers
}

type projector struct {
	reader     *Reader
	projection projections.Projection
	skipped    []string // types that the projection does not fold
}

// Name is the projection's.
func (p *projector) Name() string { return p.projection.Name() }

// Version is that of the rows: a process of a lower one than they are does not write.
func (p *projector) Version() int32 { return p.projection.Version() }

// Head is the last event.
func (p *projector) Head(h store.Head) int64 { return h.Head }

// Handle folds a page of each shard and commits rows and checkpoints together: those of all shards in one transaction,
// unless they are on several nodes.
func (p *projector) Handle(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	together := len(leases)
	if p.reader.store.Cluster() {
		together = 1
	}
	for part := range slices.Chunk(leases, max(together, 1)) {
		more, err := p.handle(ctx, part, limit)
		if err != nil {
			p.reader.Drop(leases)
			return busy, err
		}
		busy = busy || more
	}
	return busy, nil
}

func (p *projector) handle(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	b := &pgx.Batch{}
	moves := Moves{Batch: b}
	var facts []events.Recorded
	for _, lease := range leases {
		page, err := p.page(ctx, lease, limit)
		if err != nil {
			return false, err
		}
		facts = p.wanted(slices.Grow(facts, p.count(page)), page)
		moves.To(lease, end(lease, page))
	}
	if len(facts) > 0 {
		if err := p.projection.Write(ctx, p.reader.store, facts, b); err != nil {
			return false, err
		}
	}
	store.Step("project.folded")
	return len(facts) > 0, moves.Commit(ctx, p.reader.store)
}

// page is what is behind a checkpoint, as far as this build can handle it.
func (p *projector) page(ctx context.Context, lease *store.Lease, limit int) ([]*Entry, error) {
	page, err := p.reader.After(ctx, lease.Shard, lease.Place(), limit, p.skipped)
	if err != nil {
		return nil, err
	}
	return Usable(page, p.projection.Wants)
}

// count is how many events of a page the projection folds.
func (p *projector) count(page []*Entry) (n int) {
	for _, e := range page {
		if p.projection.Wants(e.Type) {
			n++
		}
	}
	return n
}

// wanted appends what the projection folds; it was decoded by Usable.
func (p *projector) wanted(facts []events.Recorded, page []*Entry) []events.Recorded {
	for _, e := range page {
		if !p.projection.Wants(e.Type) {
			continue
		}
		facts = append(facts, events.Recorded{ // without the actor: no read model shows the issuer
			Shard: int32(e.Shard), Position: e.Position, Stream: e.Stream, Version: e.Version, At: e.At,
			CommandID: e.CommandID, RunID: e.RunID, Event: e.decoded,
		})
	}
	return facts
}
