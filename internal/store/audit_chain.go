package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// ChainAudit says how much of the hash chains is read, and who hears how far it is. The zero value reads all of them.
type ChainAudit struct {
	// From is the position after which a shard is read; its hash is believed. What is left out is read from the beginning.
	From map[ShardID]int64
	// Progress is called after each page; nil: nobody.
	Progress func(shard ShardID, position, head int64)
}

// AuditChains reads the events of all shards and recomputes their hashes. An event whose hash does not fit is named with its
// shard, position and stream, and the next one is held against the hash that is stored, so that all are found and not just
// the first; at most 100 in a shard. Events that are written meanwhile are left out.
func (s *Store) AuditChains(ctx context.Context, a ChainAudit) ([]Violation, error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: audit: %w", err)
	}
	shards := make([]ShardID, 0, len(heads))
	for shard := range heads {
		shards = append(shards, shard)
	}
	slices.Sort(shards)
	var found []Violation
	for _, shard := range shards {
		broken, err := s.auditChain(ctx, heads[shard], a)
		if err != nil {
			return nil, fmt.Errorf("store: audit: %w", err)
		}
		for _, b := range broken {
			found = append(found, Violation{Invariant: ChainCheck.Invariant, Check: ChainCheck.Name, Detail: b.Error()})
		}
	}
	return found, nil
}

// auditChain reads one shard up to its head.
func (s *Store) auditChain(ctx context.Context, head Head, a ChainAudit) (broken []*ChainError, err error) {
	position := min(a.From[head.Shard], head.Head)
	chain, err := s.chainAt(ctx, head.Shard, position)
	if err != nil {
		return nil, err
	}
	c := newChainer()
	for position < head.Head && len(broken) < violationsMax {
		page, err := s.Events(ctx, head.Shard, position, eventsPageMax)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return append(broken, &ChainError{Shard: head.Shard, Position: position + 1}), nil
		}
		for i := range page[:min(int64(len(page)), max(0, head.Head-position))] {
			e := &page[i]
			if e.Position != position+1 || !bytes.Equal(c.next(chain, e), e.Chain) {
				broken = append(broken, &ChainError{Shard: head.Shard, Position: position + 1, Stream: e.Stream})
			}
			position, chain = e.Position, e.Chain
		}
		if a.Progress != nil {
			a.Progress(head.Shard, position, head.Head)
		}
	}
	if len(broken) == 0 && !bytes.Equal(chain, head.Chain) {
		broken = append(broken, &ChainError{Shard: head.Shard, Position: head.Head})
	}
	return broken[:min(len(broken), violationsMax)], nil
}

// chainAt is the stored hash of an event; empty before the first.
func (s *Store) chainAt(ctx context.Context, shard ShardID, position int64) ([]byte, error) {
	if position <= 0 {
		return []byte{}, nil
	}
	page, err := s.Events(ctx, shard, position-1, 1)
	if err != nil || len(page) == 0 {
		return []byte{}, err
	}
	return page[0].Chain, nil
}

// PositionsBefore finds for each shard the last position whose event was decided before an instant of business time. Time
// never goes back in a shard, so it looks at a few events only.
func (s *Store) PositionsBefore(ctx context.Context, at time.Time) (map[ShardID]int64, error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	positions := make(map[ShardID]int64, len(heads))
	for shard, head := range heads {
		low, high := int64(0), head.Head // the event at low is before, the one behind high is not
		for low < high {
			middle := (low + high + 1) / 2
			page, err := s.Events(ctx, shard, middle-1, 1)
			if err != nil {
				return nil, err
			}
			if len(page) > 0 && page[0].At.Before(at) {
				low = middle
			} else {
				high = middle - 1
			}
		}
		positions[shard] = low
	}
	return positions, nil
}
