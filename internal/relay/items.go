package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/store"
)

// itemRunsMax bounds the runs whose catalogue's version is kept in memory: a year of nights.
const itemRunsMax = 400

// Items finds what an invoice shows of a line's product: name, code and unit in the catalogue that the line's run had
// pinned. A product that is renamed later changes no message that was sent, so that one which is sent again is the
// same. It keeps a few catalogues in memory and is safe for concurrent use.
type Items struct {
	store *store.Store

	mu       sync.Mutex
	versions map[string]pinnedVersion // of the catalogue, by run
	catalogs *catalog.Reader
}

// pinnedVersion is the version of a run's catalogue, as the database had it at a time.
type pinnedVersion struct {
	store.Place
	read time.Time
}

// pinnedFor is for how long what was read of a run is believed: a failover may have lost the run, which then started
// again with another catalogue.
const pinnedFor = time.Second

// NewItems returns Items that read the catalogue through the process's reader.
func NewItems(s *store.Store, catalogs *catalog.Reader) *Items {
	return &Items{store: s, catalogs: catalogs, versions: map[string]pinnedVersion{}}
}

// Line appends the JSON of a line as others read it, from what is stored of it. A run that the database does not know
// has an empty catalogue: then the line is shown without names. The error is one of the database.
func (f *Items) Line(ctx context.Context, b []byte, run string, l *billing.Line, stored []byte) ([]byte, error) {
	found, err := f.catalog(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("relay: line %s: %w", l.ID, err)
	}
	return l.AppendShown(b, stored, found.Item(l)), nil
}

// catalog is the catalogue that a run works with; an empty one where the database does not know the run.
func (f *Items) catalog(ctx context.Context, run string) (*domain.Catalog, error) {
	version, err := f.versionOf(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("relay: items of %s: %w", run, err)
	}
	found, err := f.catalogs.At(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("relay: items of %s: %w", run, err)
	}
	return found.Catalog, nil
}

// versionOf is the version of the catalogue that a run works with.
func (f *Items) versionOf(ctx context.Context, run string) (store.Place, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.versions[run]; ok && time.Since(known.read) < pinnedFor {
		return known.Place, nil
	}
	began := time.Now()
	version, err := f.pinned(ctx, run)
	if err != nil {
		return version, err
	}
	if len(f.versions) >= itemRunsMax {
		clear(f.versions)
	}
	f.versions[run] = pinnedVersion{version, began}
	return version, nil
}

// pinned reads the version of the catalogue that a run works with; 0 where there is no such run.
func (f *Items) pinned(ctx context.Context, run string) (store.Place, error) {
	if run == "" {
		return store.Place{}, nil
	}
	shards, err := f.store.RunShards(ctx, run)
	if err != nil || len(shards) == 0 {
		return store.Place{}, err
	}
	var manifest events.RunShardOpened
	if err := json.Unmarshal(shards[0].Manifest, &manifest); err != nil {
		return store.Place{}, fmt.Errorf("manifest of %s: %w", run, err)
	}
	return store.ParsePlace(manifest.CatalogVersion, manifest.CatalogChain)
}
