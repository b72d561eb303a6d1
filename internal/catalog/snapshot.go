package catalog

import (
	"maps"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// Snapshot is the catalogue at one version. It is only read.
type Snapshot struct {
	*domain.Catalog
	// Numbers are the stable integers of customers and resellers by id; Customers the customers by theirs.
	Numbers   map[string]int64
	Customers map[int64]string
}

// empty is the catalogue before its first event.
func empty() *Snapshot {
	return &Snapshot{Catalog: domain.EmptyCatalog(), Numbers: map[string]int64{}, Customers: map[int64]string{}}
}

// Place is the snapshot's version.
func (s *Snapshot) Place() store.Place { return store.Place{Position: s.Version, Chain: s.Chain} }

// with folds events that follow the snapshot into a new one. chain is the hash of the last of them.
func (s *Snapshot) with(page []events.Recorded, chain []byte) *Snapshot {
	next := &Snapshot{Catalog: s.With(page...), Numbers: maps.Clone(s.Numbers), Customers: maps.Clone(s.Customers)}
	next.Chain = chain
	for _, r := range page {
		next.number(r.Stream, r.Position)
	}
	return next
}

// number gives a customer or a reseller the position of its first event as its integer: the log keeps that.
func (s *Snapshot) number(stream string, position int64) {
	kind, id := domain.SplitStream(stream)
	if _, known := s.Numbers[id]; known || kind != domain.KindCustomer && kind != domain.KindReseller {
		return
	}
	s.Numbers[id] = position
	if kind == domain.KindCustomer {
		s.Customers[position] = id
	}
}
