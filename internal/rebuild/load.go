package rebuild

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tenure/events"
	"tenure/internal/store"
	"tenure/projections"
)

const (
	// streamsMax bounds the streams whose histories are in memory at once, for each worker: some 60 MiB of employees. A
	// shard that has more is read once for each so many.
	streamsMax = 20_000
	// appendEvents is how many events of the log one transaction goes through where nothing is folded.
	appendEvents = 40_000
	// appendPage is how many facts are written together there.
	appendPage = 2_000
)

// unwanted are the types that a projection passes over. One that this build does not know is not among them.
func unwanted(p projections.Projection) []string {
	skip := []string{}
	for _, name := range events.Types() {
		if !p.Wants(name) {
			skip = append(skip, name)
		}
	}
	return skip
}

// load writes what is missing of all shards' pieces, the largest shards first, as many at once as there are workers.
func (b *build) load(ctx context.Context) error {
	shards := slices.Clone(b.shards)
	slices.SortFunc(shards, func(x, y *store.BuildShard) int { return cmp.Compare(y.Target, x.Target) })
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(b.workers)
	for _, s := range shards {
		g.Go(func() error {
			for s.Done < s.Pieces {
				if err := b.piece(ctx, s); err != nil {
					return fmt.Errorf("load piece %d of %d of shard %d: %w", s.Done+1, s.Pieces, s.Shard, err)
				}
				b.progress.add(share(s, s.Done))
				s.Done++
				b.step("piece")
			}
			if s.Pieces > 0 {
				s.Position = s.Target
			}
			return nil
		})
	}
	return g.Wait()
}

// share is how many positions a piece stands for.
func share(s *store.BuildShard, piece int32) int64 { return end(s, piece+1) - end(s, piece) }

// end is where so many pieces end, when they divide the positions.
func end(s *store.BuildShard, n int32) int64 { return s.Target * int64(n) / int64(s.Pieces) }

// piece writes the next piece of a shard and notes it, in one transaction.
func (b *build) piece(ctx context.Context, s *store.BuildShard) error {
	switch of := b.projection.(type) {
	case projections.Folder:
		return b.foldPiece(ctx, s, of.Builder())
	case projections.Appender:
		return b.appendPiece(ctx, s, of)
	}
	return fmt.Errorf("%s cannot be loaded in pieces", b.projection.Name())
}

// foldPiece folds the whole histories of a class of streams and copies what came of them.
func (b *build) foldPiece(ctx context.Context, s *store.BuildShard, into projections.Builder) error {
	of := store.Piece{Shard: s.Shard, Through: s.Target, Class: s.Done, Classes: s.Pieces, Skip: b.skip}
	err := b.aside.ScanPiece(ctx, of, func(e *store.Event) error {
		f, wanted, err := b.recorded(e)
		if err != nil || !wanted {
			return err
		}
		return into.Add(&f)
	})
	if err != nil {
		return err
	}
	return b.write(ctx, s, func(tx pgx.Tx) error { return b.copy(ctx, tx, into.Rows()) })
}

func (b *build) copy(ctx context.Context, tx pgx.Tx, all []projections.Rows) error {
	for _, rows := range all {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{b.place, rows.Table}, rows.Columns, rows); err != nil {
			return err
		}
	}
	return nil
}

// appendPiece copies what a range of positions gives, page by page: a night's lines are many.
func (b *build) appendPiece(ctx context.Context, s *store.BuildShard, of projections.Appender) error {
	part := store.Piece{Shard: s.Shard, After: end(s, s.Done), Through: end(s, s.Done+1), Skip: b.skip}
	return b.write(ctx, s, func(tx pgx.Tx) error {
		var page []events.Recorded
		flush := func() error {
			rows, err := of.Rows(page)
			page = page[:0]
			if err != nil {
				return err
			}
			return b.copy(ctx, tx, rows)
		}
		err := b.aside.ScanPiece(ctx, part, func(e *store.Event) error {
			f, wanted, err := b.recorded(e)
			if err != nil || !wanted {
				return err
			}
			if page = append(page, f); len(page) < appendPage {
				return nil
			}
			return flush()
		})
		if err != nil || len(page) == 0 {
			return err
		}
		return flush()
	})
}

// write runs a piece's rows and its progress as one transaction.
func (b *build) write(ctx context.Context, s *store.BuildShard, rows func(pgx.Tx) error) error {
	return b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := store.PieceDone(ctx, tx, b.place, s.Shard, s.Done); err != nil {
			return err
		}
		if err := rows(tx); err != nil {
			return err
		}
		b.step("piece written")
		return nil
	})
}

// recorded decodes an event that the projection wants. One that nobody knows is an error: a build must not step over it.
func (b *build) recorded(e *store.Event) (f events.Recorded, wanted bool, err error) {
	if !b.projection.Wants(e.Type) {
		if _, known := events.New(e.Type); !known {
			err = &events.UnknownTypeError{Type: e.Type}
		}
		return f, false, err
	}
	payload, err := events.Decode(e.Type, e.Payload)
	if err != nil {
		return f, false, fmt.Errorf("%s@%d: %w", e.Stream, e.Version, err)
	}
	return events.Recorded{
		Shard: int32(e.Shard), Position: e.Position, Stream: e.Stream, Version: e.Version, At: e.At,
		CommandID: e.CommandID, RunID: e.RunID, Event: payload,
	}, true, nil
}
