package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"tenure/api"
	"tenure/domain"
	"tenure/internal/history"
	"tenure/internal/store"
)

const (
	// pageMax is how many events are read at a time.
	pageMax = 5_000
	// lookEvery is how old the copy may be when nobody asks for a newer one.
	lookEvery = 250 * time.Millisecond
)

// Copy is the catalogue as this process knows it. It is safe for concurrent use.
type Copy struct {
	store *store.Store
	mu    sync.Mutex // one refresh at a time
	now   atomic.Pointer[api.Catalog]
}

// New gives an empty copy; Refresh fills it.
func New(s *store.Store) *Copy {
	c := &Copy{store: s}
	c.now.Store(&api.Catalog{Catalog: domain.EmptyCatalog(), Numbers: map[string]int64{}, Customers: map[int64]string{}})
	return c
}

// Now is the newest catalogue that is known here. It is only read.
func (c *Copy) Now() api.Catalog { return *c.now.Load() }

// Run keeps the copy new until ctx ends. A fault of the database is waited out.
func (c *Copy) Run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := c.Refresh(ctx); err != nil && ctx.Err() == nil {
			log.Warn("the catalogue cannot be read and stays as it was", "error", err)
		}
	}
}

// Refresh reads what is new.
func (c *Copy) Refresh(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		known := c.now.Load()
		page, err := c.store.Events(ctx, store.CatalogShard, known.Version, pageMax)
		if err != nil {
			return fmt.Errorf("catalog: %w", err)
		}
		if len(page) == 0 {
			return nil
		}
		next := api.Catalog{Catalog: known.Clone(), Numbers: maps.Clone(known.Numbers), Customers: maps.Clone(known.Customers)}
		for _, e := range page {
			recorded, err := history.Recorded(e)
			if err != nil {
				return fmt.Errorf("catalog: %w", err)
			}
			next.Fold(recorded)
			number(&next, e.Stream, e.Position)
		}
		c.now.Store(&next)
	}
}

// number gives a customer or reseller the position of its first event as its integer: the log has it for ever.
func number(c *api.Catalog, stream string, position int64) {
	kind, id := domain.SplitStream(stream)
	if _, known := c.Numbers[id]; known || kind != domain.KindCustomer && kind != domain.KindReseller {
		return
	}
	c.Numbers[id] = position
	if kind == domain.KindCustomer {
		c.Customers[position] = id
	}
}
