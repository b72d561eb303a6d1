package worker

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
)

// catalogPage is how many events are read at a time.
const catalogPage = 5_000

// catalogs keeps the newest catalogue that this process knows and the one that the running run has pinned. Snapshots are
// immutable, so that shards decide with theirs while a newer one is read.
type catalogs struct {
	mu     sync.Mutex
	newest *domain.Catalog
	chain  []byte // hash of the log at newest
	pinned *domain.Catalog
}

// forget begins anew; the caller holds mu.
func (c *catalogs) forget() { c.newest, c.pinned, c.chain = domain.EmptyCatalog(), nil, nil }

// latest gives the catalogue at a version or a newer one.
func (w *Worker) latest(ctx context.Context, version int64) (*domain.Catalog, error) {
	w.catalog.mu.Lock()
	defer w.catalog.mu.Unlock()
	if w.catalog.newest == nil {
		w.catalog.newest = domain.EmptyCatalog()
	}
	if version < w.catalog.newest.Version {
		known, err := w.Store.Read(ctx, store.Read{}) // another shard may have gone on since the caller asked
		if err != nil {
			return nil, err
		}
		if version = known.CatalogHead; version < w.catalog.newest.Version {
			w.Log.Error("worker: the database has lost a part of the catalogue, reading it anew",
				"version", version, "position", w.catalog.newest.Version)
			w.catalog.forget()
		}
	}
	next, chain, err := w.readCatalog(ctx, w.catalog.newest, version)
	if err != nil {
		return nil, err
	}
	if w.catalog.newest = next; chain != nil {
		w.catalog.chain = chain
	}
	return next, nil
}

// verifyCatalog compares the catalogue in memory with the log: a database that was restored, or lost its last commits when it
// changed hosts, may have other events at the same version. A claim is what follows such a change.
func (w *Worker) verifyCatalog(ctx context.Context) error {
	w.catalog.mu.Lock()
	defer w.catalog.mu.Unlock()
	if w.catalog.newest == nil || w.catalog.newest.Version == 0 {
		return nil
	}
	page, err := w.Store.Events(ctx, store.CatalogShard, w.catalog.newest.Version-1, 1)
	if err != nil {
		return fmt.Errorf("worker: catalogue: %w", err)
	}
	if len(page) == 0 || !bytes.Equal(page[0].Chain, w.catalog.chain) {
		w.Log.Error("worker: the database has another catalogue than this process, reading it anew", "version", w.catalog.newest.Version)
		w.catalog.forget()
	}
	return nil
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
	pinned, _, err := w.readCatalog(ctx, domain.EmptyCatalog(), version)
	if err != nil {
		return nil, err
	}
	if pinned.Version != version {
		return nil, fmt.Errorf("worker: catalogue is at version %d, the run needs %d", pinned.Version, version)
	}
	w.catalog.pinned = pinned
	return pinned, nil
}

// readCatalog folds the events between a snapshot and a version into a new snapshot. The hash is that of the last of them, nil
// when there are none.
func (w *Worker) readCatalog(ctx context.Context, from *domain.Catalog, version int64) (_ *domain.Catalog, chain []byte, _ error) {
	for from.Version < version {
		limit := min(catalogPage, version-from.Version)
		page, err := w.Store.Events(ctx, store.CatalogShard, from.Version, int(limit))
		if err != nil {
			return nil, nil, fmt.Errorf("worker: catalogue: %w", err)
		}
		if len(page) == 0 {
			return nil, nil, fmt.Errorf("worker: catalogue ends at %d before %d", from.Version, version)
		}
		facts := make([]events.Recorded, len(page))
		for i, e := range page {
			if facts[i], err = history.Recorded(e); err != nil {
				return nil, nil, err
			}
		}
		from, chain = from.With(facts...), page[len(page)-1].Chain
	}
	return from, chain, nil
}
