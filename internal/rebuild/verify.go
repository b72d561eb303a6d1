package rebuild

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/internal/store"
	"tenure/projections"
)

// Verify folds the log again up to the positions at which one snapshot sees the live tables, and compares the two. Live
// traffic goes on meanwhile: what it writes, the snapshot does not see. The snapshot stays open until the end, as that
// of a dump does. ErrBusy when another process builds or verifies the same projection.
func Verify(ctx context.Context, s *store.Store, p projections.Projection, o Options) (Report, error) {
	r, err := verify(ctx, s, p, o)
	if err != nil {
		err = fmt.Errorf("rebuild: verify %s: %w", p.Name(), err)
	}
	return r, err
}

func verify(ctx context.Context, s *store.Store, p projections.Projection, o Options) (r Report, err error) {
	began := time.Now()
	r = Report{Projection: p.Name(), Version: p.Version()}
	b, err := newBuild(ctx, s, p, suffixVerify, o)
	if err != nil {
		return r, err
	}
	defer b.close()
	err = b.alone(ctx, func() error {
		defer b.clear(context.WithoutCancel(ctx))
		snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
		return b.aside.Transact(ctx, snapshot, func(live pgx.Tx) error { return b.against(ctx, live, &r) })
	})
	r.Took = time.Since(began)
	return r, err
}

// against replays to where a snapshot of the live tables is.
func (b *build) against(ctx context.Context, live pgx.Tx, r *Report) (err error) {
	at, err := store.Checkpoints(ctx, live, b.projection.Name())
	if err != nil {
		return err
	}
	if b.tables, b.shape, err = shapeOf(ctx, live, b.home, b.projection.Tables()); err != nil {
		return err
	}
	if err := b.start(ctx, at, true); err != nil {
		return err
	}
	for _, position := range at {
		r.Events += position
	}
	began := time.Now()
	b.progress.phase("load")
	if err := b.replay(ctx, at); err != nil {
		return err
	}
	r.Loading = time.Since(began)
	b.progress.phase("compare")
	err = b.aside.Transact(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(fresh pgx.Tx) (err error) {
		r.Tables, err = compareAll(ctx, b.tables, side{live, b.home}, side{fresh, b.place})
		return err
	})
	r.Compared = err == nil
	r.Comparing = time.Since(began) - r.Loading
	return err
}

// replay fills the tables up to positions. Only what follows the log page by page looks rows up, and needs indexes.
func (b *build) replay(ctx context.Context, to map[store.ShardID]int64) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	if b.behind(to) == 0 {
		return nil
	}
	if err := b.index(ctx); err != nil {
		return err
	}
	if err := b.analyze(ctx); err != nil {
		return err
	}
	return b.follow(ctx, to)
}

// clear drops what a verification has made. What it leaves behind when it cannot, the next one drops.
func (b *build) clear(ctx context.Context) {
	_ = b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := dropPlace(ctx, tx, b.place); err != nil {
			return err
		}
		return store.EndBuild(ctx, tx, b.place)
	})
}
