package worker

import (
	"context"
	"fmt"
	"sync"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/codec"
	"tenure/internal/store"
)

// catalogPage is how many events are read at a time.
const catalogPage = 5_000

// catalogs keeps the newest catalogue that this process knows and the one that the running run has pinned. Snapshots are
// immutable, so that shards decide with theirs while a newer one is read.
type catalogs struct {
	mu     sync.Mutex
	newest *domain.Catalog
	pinned *domain.Catalog
}

// latest gives the catalogue at a version or a newer one.
func (w *Worker) latest(ctx context.Context, version int64) (*domain.Catalog, error) {
	w.catalog.mu.Lock()
	defer w.catalog.mu.Unlock()
	if w.catalog.newest == nil {
		w.catalog.newest = domain.EmptyCatalog()
	}
	next, err := w.readCatalog(ctx, w.catalog.newest, version)
	if err != nil {
		return nil, err
	}
	w.catalog.newest = next
	return next, nil
}

// at gives the catalogue exactly at a version, as a run works with it.
func (w *Worker) at(ctx context.Context, version int64) (*domain.Catalog, error) {
	w.catalog.mu.Lock()
	defer w.catalog.mu.Unlock()
	for _, known := range []*domain.Catalog{w.catalog.newest, w.catalog.pinned} {
		if known != nil && known.Version == version {
			return known, nil
		}
	}
	pinned, err := w.readCatalog(ctx, domain.EmptyCatalog(), version)
	if err != nil {
		return nil, err
	}
	if pinned.Version != version {
		return nil, fmt.Errorf("worker: catalogue is at version %d, the run needs %d", pinned.Version, version)
	}
	w.catalog.pinned = pinned
	return pinned, nil
}

// readCatalog folds the events between a snapshot and a version into a new snapshot.
func (w *Worker) readCatalog(ctx context.Context, from *domain.Catalog, version int64) (*domain.Catalog, error) {
	for from.Version < version {
		limit := min(catalogPage, version-from.Version)
		page, err := w.Store.Events(ctx, store.CatalogShard, from.Version, int(limit))
		if err != nil {
			return nil, fmt.Errorf("worker: catalogue: %w", err)
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("worker: catalogue ends at %d before %d", from.Version, version)
		}
		facts := make([]events.Recorded, len(page))
		for i, e := range page {
			if facts[i], err = codec.Recorded(e); err != nil {
				return nil, err
			}
		}
		from = from.With(facts...)
	}
	return from, nil
}
