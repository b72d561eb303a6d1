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
	return &projector{reader: r, projection: p}
}

type projector struct {
	reader     *Reader
	projection projections.Projection
}

// Name is the projection's.
func (p *projector) Name() string { return p.projection.Name() }

// Version is that of the rows: a process of a lower one than they are does not write.
func (p *projector) Version() int32 { return p.projection.Version() }

// Head is the last event.
func (p *projector) Head(h store.Head) int64 { return h.Head }

// Take folds a page of each shard and commits rows and checkpoints together.
func (p *projector) Take(ctx context.Context, leases []*store.Lease, limit int) (busy bool, err error) {
	b := &pgx.Batch{}
	var moves moves
	var facts []events.Recorded
	for _, lease := range leases {
		page, err := p.reader.After(ctx, lease.Shard, lease.Position, limit)
		if err == nil {
			page, err = usable(page, p.projection.Wants)
		}
		if err != nil {
			return false, err
		}
		facts = p.wanted(slices.Grow(facts, p.count(page)), page)
		moves.to(b, lease, page)
	}
	if len(facts) > 0 {
		if err := p.projection.Write(ctx, p.reader.store, facts, b); err != nil {
			return false, err
		}
	}
	store.Step("project.folded")
	return len(facts) > 0, moves.commit(ctx, p.reader.store, b)
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

// wanted appends what the projection folds; it was decoded by usable.
func (p *projector) wanted(facts []events.Recorded, page []*Entry) []events.Recorded {
	for _, e := range page {
		if !p.projection.Wants(e.Type) {
			continue
		}
		facts = append(facts, events.Recorded{ // without the actor: no read model shows who asked
			Shard: int32(e.Shard), Position: e.Position, Stream: e.Stream, Version: e.Version, At: e.At,
			CommandID: e.CommandID, RunID: e.RunID, Event: e.decoded,
		})
	}
	return facts
}

// moves remembers where checkpoints stand once the transaction that moves them has committed.
type moves []move

type move struct {
	lease *store.Lease
	to    int64
}

// to queues the move of a checkpoint behind a page.
func (m *moves) to(b *pgx.Batch, lease *store.Lease, page []*Entry) {
	if len(page) > 0 {
		m.at(b, lease, page[len(page)-1].Position)
	}
}

func (m *moves) at(b *pgx.Batch, lease *store.Lease, position int64) {
	lease.Advance(b, position)
	*m = append(*m, move{lease, position})
}

// commit runs the statements of a batch, those that move the checkpoints among them, in one transaction.
func (m moves) commit(ctx context.Context, s *store.Store, b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if err := s.InTx(ctx, b); err != nil {
		return err
	}
	for _, to := range m {
		to.lease.Position = to.to
	}
	store.Step("reader.moved")
	return nil
}
