package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/store"
)

const (
	// catalogsMax bounds the catalogues in memory: shards publish the same night, or the ones beside it.
	catalogsMax = 3
	// itemRunsMax bounds the runs whose catalogue's version is remembered: a year of nights.
	itemRunsMax = 400
	// itemsPage is how many events of the catalogue are read at a time.
	itemsPage = 5_000
)

// Items finds what an invoice shows of a line's product: name, code and unit in the catalogue that the line's run had pinned. A
// product that is renamed later changes no message that was sent, so that one which is sent again is the same. It keeps a few
// catalogues in memory and is safe for concurrent use.
type Items struct {
	store *store.Store

	mu       sync.Mutex
	versions map[string]int64  // of the catalogue, by run
	catalogs []*domain.Catalog // the one that was used last comes last
}

// NewItems gives Items that know nothing yet.
func NewItems(s *store.Store) *Items { return &Items{store: s, versions: map[string]int64{}} }

// Line appends the JSON of a line as others read it, from what is stored of it. A run that the database does not know has
// an empty catalogue: then the line is shown without names. The error is one of the database.
func (f *Items) Line(ctx context.Context, b []byte, run string, l *billing.Line, stored []byte) ([]byte, error) {
	catalog, err := f.of(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("feed: line %s: %w", l.ID, err)
	}
	return l.AppendShown(b, stored, catalog.Item(l)), nil
}

// of is the catalogue of a run.
func (f *Items) of(ctx context.Context, run string) (*domain.Catalog, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	version, known := f.versions[run]
	if !known {
		var err error
		if version, err = f.pinned(ctx, run); err != nil {
			return nil, err
		}
		if len(f.versions) >= itemRunsMax {
			clear(f.versions)
		}
		f.versions[run] = version
	}
	return f.at(ctx, version)
}

// pinned reads the version of the catalogue that a run works with; 0 where there is no such run.
func (f *Items) pinned(ctx context.Context, run string) (int64, error) {
	if run == "" {
		return 0, nil
	}
	shards, err := f.store.RunShards(ctx, run)
	if err != nil || len(shards) == 0 {
		return 0, err
	}
	var manifest events.RunShardOpened
	if err := json.Unmarshal(shards[0].Manifest, &manifest); err != nil {
		return 0, fmt.Errorf("manifest of %s: %w", run, err)
	}
	return manifest.CatalogVersion, nil
}

// at gives the catalogue at a version: one in memory, or the nearest older one and what came since.
func (f *Items) at(ctx context.Context, version int64) (*domain.Catalog, error) {
	from := domain.EmptyCatalog()
	for i, c := range f.catalogs {
		if c.Version == version {
			f.catalogs = append(slices.Delete(f.catalogs, i, i+1), c)
			return c, nil
		}
		if c.Version < version && c.Version > from.Version {
			from = c
		}
	}
	c, err := f.read(ctx, from, version)
	if err != nil {
		return nil, err
	}
	f.catalogs = append(f.catalogs, c)
	if extra := len(f.catalogs) - catalogsMax; extra > 0 {
		f.catalogs = slices.Delete(f.catalogs, 0, extra)
	}
	return c, nil
}

// read folds what came between a catalogue and a version.
func (f *Items) read(ctx context.Context, from *domain.Catalog, version int64) (*domain.Catalog, error) {
	next := from.Clone()
	for next.Version < version {
		page, err := f.store.Events(ctx, store.CatalogShard, next.Version, int(min(itemsPage, version-next.Version)))
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("catalogue ends at %d before %d: tenure audit", next.Version, version)
		}
		for _, e := range page {
			recorded, err := history.Recorded(e)
			if err != nil {
				return nil, err
			}
			next.Fold(recorded)
		}
	}
	return next, nil
}
