package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Place is a place in the history of a shard: a position, and the hash of all events up to it. A position alone fits a
// history that was lost as well (a failover to a standby that lacked the last commits, a restored backup); the two
// together do not.
type Place struct {
	Position int64
	Chain    []byte // empty before the first event
}

// Equal reports whether two places are the same.
func (p Place) Equal(o Place) bool { return p.Position == o.Position && bytes.Equal(p.Chain, o.Chain) }

// Place is where the event stands.
func (e *Event) Place() Place { return Place{Position: e.Position, Chain: e.Chain} }

// Place is where the outcome is in those of its shard.
func (o *Outcome) Place() Place { return Place{Position: o.Sequence, Chain: o.Chain} }

// EventsBehind is Events behind a place. The error is ErrLostHistory where the log does not have the place: it was read
// before a part of the log was lost; and a *GapError where the log has a hole behind it. A place without a hash is not
// compared. A page ends where its payloads have so many bytes: there is at least one event, where there is one. Events
// of the types that are skipped are left out, but for the last one of the page, which has no payload.
func (s *Store) EventsBehind(
	ctx context.Context, shard ShardID, after Place, limit int, bytes int64, skipped []string,
) ([]Event, error) {
	anchored := after.Position > 0 && after.Chain != nil
	ask := eventPage{shard: shard, after: after.Position, limit: limit, bytes: bytes, skipped: skipped}
	if anchored {
		ask.after, ask.limit, ask.anchor = after.Position-1, limit+1, after.Position
	}
	page, gap, err := s.eventsWithin(ctx, ask)
	if err != nil {
		return nil, err
	}
	if anchored {
		if len(page) == 0 || !page[0].Place().Equal(after) {
			return nil, fmt.Errorf("store: events of shard %d behind %d: %w", shard, after.Position, ErrLostHistory)
		}
		page = page[1:]
	}
	if gap != nil {
		return nil, gap
	}
	return page, nil
}

// OutcomesBehind is OutcomesAfter behind a place. Outcomes are deleted after a time: one that is not there is not
// compared.
func (s *Store) OutcomesBehind(ctx context.Context, shard ShardID, after Place, limit int) ([]Outcome, error) {
	page, err := s.OutcomesAfter(ctx, shard, max(after.Position-1, 0), limit+1)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	if page[0].Sequence != after.Position {
		return page[:min(limit, len(page))], nil
	}
	if after.Chain != nil && !page[0].Place().Equal(after) {
		return nil, fmt.Errorf("store: outcomes of shard %d behind %d: %w", shard, after.Position, ErrLostHistory)
	}
	return page[1:], nil
}

// ParsePlace is a place whose hash is written in hex. What older builds wrote has no hash: such a place is found by its
// position alone.
func ParsePlace(position int64, chain string) (Place, error) {
	raw, err := hex.DecodeString(chain)
	if err != nil {
		return Place{}, fmt.Errorf("store: hash of position %d: %w", position, err)
	}
	if len(raw) == 0 {
		raw = nil
	}
	return Place{Position: position, Chain: raw}, nil
}

const sqlHasPlace = `
SELECT EXISTS (SELECT 1 FROM events WHERE shard = $1::integer AND pos = $2::bigint AND chain = $3::bytea)`

// HasPlace reports whether a shard's log has a place. It has the one before the first event.
func (s *Store) HasPlace(ctx context.Context, shard ShardID, p Place) (has bool, err error) {
	if p.Position == 0 {
		return true, nil
	}
	if err := s.pool.QueryRow(ctx, sqlHasPlace, int32(shard), p.Position, present(p.Chain)).Scan(&has); err != nil {
		return false, fmt.Errorf("store: place %d of shard %d: %w", p.Position, shard, err)
	}
	return has, nil
}

const sqlHashAt = `SELECT chain FROM events WHERE shard = $1::integer AND pos = $2::bigint`

// HashAt is the hash of a shard's log at a position; nil where the log has none.
func (s *Store) HashAt(ctx context.Context, shard ShardID, position int64) (hash []byte, err error) {
	err = s.pool.QueryRow(ctx, sqlHashAt, int32(shard), position).Scan(&hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: hash of position %d of shard %d: %w", position, shard, err)
	}
	return hash, nil
}

// Standing notes where the log of each shard ends, and returns what reports later whether the log still has all of it:
// ErrLostHistory where a failover has lost an end. Who reads page by page on many connections asks at its end whether
// all pages were of one history.
func (s *Store) Standing(ctx context.Context) (still func(ctx context.Context) error, err error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		for shard, head := range heads {
			has, err := s.HasPlace(ctx, shard, Place{Position: head.Head, Chain: head.Chain})
			if err == nil && !has {
				err = fmt.Errorf("store: the log of shard %d up to %d: %w", shard, head.Head, ErrLostHistory)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// CatalogHead is the newest version of the catalogue.
func (s *Store) CatalogHead(ctx context.Context) (Place, error) {
	rows, err := s.pool.Query(ctx, sqlReadCatalog)
	if err == nil {
		var found []Place
		found, err = collect(
			rows,
			1,
			func(v [][]byte) Place { return Place{Position: rawInt64(v[0]), Chain: rawBytes(v[1])} },
		)
		if err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	if err != nil {
		return Place{}, fmt.Errorf("store: head of the catalogue: %w", err)
	}
	return Place{}, nil
}

// sqlCatalogHead keeps the end of the catalogue, in the transaction that moves it.
const sqlCatalogHead = `
INSERT INTO catalog_head (head, chain) VALUES ($1::bigint, $2::bytea)
ON CONFLICT (one) DO UPDATE SET head = excluded.head, chain = excluded.chain`

func queueCatalogHead(b *pgx.Batch, next *Claim) error {
	b.Queue(sqlCatalogHead, next.Head, next.Chain)
	return nil
}
