package worker

import (
	"context"

	"tenure/domain"
	"tenure/internal/catalog"
	"tenure/internal/store"
)

// catalogs is the process's reader of the catalogue, or the worker's own where it was given none.
func (w *Worker) catalogs() *catalog.Reader {
	w.catalogOnce.Do(func() {
		if w.Catalog == nil {
			w.Catalog = catalog.New(w.Store, w.Log)
		}
	})
	return w.Catalog
}

// latest returns the catalogue at the version that was just read, or a newer one.
func (w *Worker) latest(ctx context.Context, known store.Known) (*domain.Catalog, error) {
	snapshot, err := w.catalogs().Since(ctx, known.Catalog)
	if err != nil {
		return nil, err
	}
	return snapshot.Catalog, nil
}

// at returns the catalogue exactly at a version, as a run works with it.
func (w *Worker) at(ctx context.Context, version store.Place) (*domain.Catalog, error) {
	snapshot, err := w.catalogs().At(ctx, version)
	if err != nil {
		return nil, err
	}
	return snapshot.Catalog, nil
}
