package feed

import (
	"context"

	"github.com/jackc/pgx/v5"

	"tenure/internal/store"
)

// Moves are the checkpoints that one transaction moves. Batch is that transaction; a reader adds its own rows to it.
type Moves struct {
	Batch *pgx.Batch
	all   []move
}

type move struct {
	lease *store.Lease
	to    store.Place
}

// end is the place behind a page; the lease's own when the page is empty.
func end(lease *store.Lease, page []*Entry) store.Place {
	if len(page) == 0 {
		return lease.Place()
	}
	return page[len(page)-1].Place()
}

// To queues the move of a checkpoint to a place; nothing when it is there.
func (m *Moves) To(lease *store.Lease, to store.Place) {
	if to.Position == lease.Position {
		return
	}
	lease.Advance(m.Batch, to)
	m.all = append(m.all, move{lease, to})
}

// Published is To for a relay, which notes with it what it has published last in the partitions of the page.
func (m *Moves) Published(lease *store.Lease, to store.Place, ends []store.PublishedEnd) error {
	if to.Position == lease.Position {
		return nil
	}
	if err := lease.AdvancePublished(m.Batch, to, ends); err != nil {
		return err
	}
	m.all = append(m.all, move{lease, to})
	return nil
}

// Commit runs the statements of the batch, those that move the checkpoints among them, in one transaction, and sets the
// places of the leases.
func (m *Moves) Commit(ctx context.Context, s *store.Store) error {
	if m.Batch.Len() == 0 {
		return nil
	}
	if err := s.InTx(ctx, m.Batch); err != nil {
		return err
	}
	for _, one := range m.all {
		one.lease.Moved(one.to)
	}
	store.Step("reader.moved")
	return nil
}
