package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"

	"tenure/events"
	"tenure/internal/store"
)

const (
	// pageEvents is how many events are read in one round trip.
	pageEvents = 5_000
	// keptMax bounds the older versions in memory: the shards work with the same run, or with those beside it.
	keptMax = 3
)

// ErrAhead says that a version is not in the log yet: its events were lost, or will be there when the shard of the
// catalogue has taken them again.
var ErrAhead = errors.New("catalog: a version is ahead of the log")

// Reader gives the catalogue to all parts of a process. It is safe for concurrent use. Snapshots never change, so that
// a shard decides with its own while a newer one is read.
type Reader struct {
	store *store.Store
	log   *slog.Logger

	newest atomic.Pointer[Snapshot]
	turn   chan struct{} // full while the log is read, once at a time; a caller whose context ends does not wait for it
	kept   []*Snapshot   // older versions, for whose turn it is; the one that was used last comes last
}

// New returns a Reader that knows nothing yet. log receives the loss of a version; may be nil.
func New(s *store.Store, log *slog.Logger) *Reader {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Reader{store: s, log: log, turn: make(chan struct{}, 1)}
	r.newest.Store(empty())
	return r
}

// Now is the newest snapshot in memory.
func (r *Reader) Now() *Snapshot { return r.newest.Load() }

// Latest reads what is new, and returns the newest snapshot.
func (r *Reader) Latest(ctx context.Context) (*Snapshot, error) {
	head, err := r.store.CatalogHead(ctx)
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	return r.Since(ctx, head)
}

// await takes the turn to read the log; done gives it back.
func (r *Reader) await(ctx context.Context) (done func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("catalog: another read of the log takes too long: %w", ctx.Err())
	}
}

// Since returns the snapshot at a version that the log's head was just seen at, or a newer one.
func (r *Reader) Since(ctx context.Context, seen store.Place) (*Snapshot, error) {
	if newest := r.Now(); newest.Place().Equal(seen) {
		return newest, nil
	}
	done, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	newest := r.Now()
	if seen.Position < newest.Version { // another shard may have read on since the caller looked
		if seen, err = r.store.CatalogHead(ctx); err != nil {
			return nil, fmt.Errorf("catalog: %w", err)
		}
	}
	next, err := r.extend(ctx, newest, seen)
	if err != nil {
		return nil, err
	}
	r.newest.Store(next)
	return next, nil
}

// At returns the catalogue at exactly a version. A version without a hash is compared by its position alone: those that
// were written before versions had one.
func (r *Reader) At(ctx context.Context, version store.Place) (*Snapshot, error) {
	if newest := r.Now(); newest.matches(version) {
		return newest, nil
	}
	done, err := r.await(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	base := empty()
	for i, s := range append([]*Snapshot{r.Now()}, r.kept...) {
		switch {
		case s.matches(version):
			if i > 0 {
				r.kept = append(slices.Delete(r.kept, i-1, i), s)
			}
			return s, nil
		case s.Version < version.Position && s.Version > base.Version:
			base = s
		}
	}
	found, err := r.extend(ctx, base, version)
	if err != nil {
		return nil, err
	}
	r.kept = append(r.kept, found)
	if extra := len(r.kept) - keptMax; extra > 0 {
		r.kept = slices.Delete(r.kept, 0, extra)
	}
	return found, nil
}

// matches reports whether the snapshot is of a version.
func (s *Snapshot) matches(version store.Place) bool {
	return s.Version == version.Position && (version.Chain == nil || bytes.Equal(s.Chain, version.Chain))
}

// Verify drops what the log does not have. Since and At do so themselves once they read on; a process that only reads
// calls it after a fault of the database.
func (r *Reader) Verify(ctx context.Context) error {
	done, err := r.await(ctx)
	if err != nil {
		return err
	}
	defer done()
	newest := r.Now()
	is, err := r.inLog(ctx, newest)
	if err != nil || is {
		return err
	}
	r.drop(newest)
	return nil
}

// extend reads from a snapshot to a version. Where the log does not continue the snapshot, everything in memory is
// dropped and the catalogue read from its beginning.
func (r *Reader) extend(ctx context.Context, base *Snapshot, version store.Place) (*Snapshot, error) {
	if base.Version > 0 {
		is, err := r.inLog(ctx, base)
		if err != nil {
			return nil, err
		}
		if !is || base.Version > version.Position {
			r.drop(base)
			base = empty()
		}
	}
	found, err := r.read(ctx, base, version.Position)
	if err != nil {
		return nil, err
	}
	if !found.matches(version) {
		return nil, fmt.Errorf(
			"catalog: version %d is not the one that is asked for: %w",
			version.Position,
			store.ErrLostHistory,
		)
	}
	return found, nil
}

// inLog reports whether the log has a snapshot's last event.
func (r *Reader) inLog(ctx context.Context, s *Snapshot) (bool, error) {
	if s.Version == 0 {
		return true, nil
	}
	is, err := r.store.HasPlace(ctx, store.CatalogShard, s.Place())
	if err != nil {
		return false, fmt.Errorf("catalog: %w", err)
	}
	return is, nil
}

// drop removes everything from memory; the caller has the turn.
func (r *Reader) drop(lost *Snapshot) {
	r.log.Error("catalog: the database has lost a part of the catalogue, reading it again", "version", lost.Version)
	r.newest.Store(empty())
	r.kept = nil
}

// read folds the events between a snapshot and a position.
func (r *Reader) read(ctx context.Context, from *Snapshot, position int64) (*Snapshot, error) {
	for from.Version < position {
		page, err := r.store.Events(ctx, store.CatalogShard, from.Version, int(min(pageEvents, position-from.Version)))
		if err != nil {
			return nil, fmt.Errorf("catalog: %w", err)
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("%w: the log ends at %d before version %d: tenure audit", ErrAhead, from.Version, position)
		}
		recorded := make([]events.Recorded, len(page))
		for i, e := range page {
			if recorded[i], err = folded(e); err != nil {
				return nil, fmt.Errorf("catalog: %w", err)
			}
		}
		from = from.with(recorded, page[len(page)-1].Chain)
	}
	return from, nil
}

// folded is what a catalogue takes from a stored event.
func folded(e store.Event) (events.Recorded, error) {
	payload, err := events.Decode(e.Type, e.Payload)
	if err != nil {
		return events.Recorded{}, fmt.Errorf("%s@%d: %w", e.Stream, e.Version, err)
	}
	return events.Recorded{Stream: e.Stream, Position: e.Position, Event: payload}, nil
}
