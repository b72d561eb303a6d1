package rebuild

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tenure/internal/store"
	"tenure/projections"
)

// The schemas of a projection's other tables, behind its name.
const (
	suffixNew    = "_new"
	suffixVerify = "_verify"
	suffixOld    = "_old"
)

const (
	// spareConnections are those of the lock, of the snapshot of the live tables and of the swap.
	spareConnections = 4
	// caughtTime bounds the wait for the live reader to be as far as the build, so that they can be compared.
	caughtTime  = 10 * time.Second
	caughtPause = 50 * time.Millisecond
)

// ErrBusy says that the read model is being built or verified already.
var ErrBusy = errors.New("it is being built or verified already")

// Options of a rebuild or a verification. The zero value is a good one.
type Options struct {
	// Workers is how many shards are read at once; 0, or more than there are processors: one for each.
	Workers int
	// DropOld drops the replaced tables at once instead of keeping them.
	DropOld bool
	// Say hears how far it is, some times a second and from one goroutine.
	Say func(Progress)
	// Step is called at the named steps, for tests that kill there.
	Step func(step string)
	// pieces bounds the streams and the positions of a piece, for tests with little of either; 0: what fits production.
	pieces int64
}

// Report is what a rebuild or a verification found.
type Report struct {
	Projection string        `json:"projection"`
	Version    int32         `json:"version"`
	Events     int64         `json:"events"`  // of the log, up to the positions that were loaded
	Resumed    bool          `json:"resumed"` // a former build went on
	Compared   bool          `json:"compared"`
	Tables     []Comparison  `json:"tables,omitempty"` // live and fresh at the same positions
	Took       time.Duration `json:"-"`
	// The parts of the time.
	Loading, Indexing, Comparing, Following time.Duration `json:"-"`
}

// build is one under way.
type build struct {
	store, aside *store.Store
	projection   projections.Projection
	options      Options
	home, place  string // schemas of the live and of the new tables
	tables       []table
	shape        string
	shards       []*store.BuildShard
	skip         []string
	workers      int
	progress     *meter
}

func newBuild(ctx context.Context, s *store.Store, p projections.Projection, suffix string, o Options) (b *build,
	err error) {
	workers := runtime.GOMAXPROCS(0)
	if o.Workers > 0 {
		workers = min(workers, o.Workers)
	}
	b = &build{
		store: s, projection: p, options: o, place: p.Name() + suffix, skip: unwanted(p), workers: workers,
		progress: newMeter(o.Say),
	}
	if b.home, err = s.Home(ctx); err != nil {
		return nil, err
	}
	role, err := ownerOf(ctx, s, b.home, p.Tables()[0])
	if err != nil {
		return nil, err
	}
	b.aside, err = s.Aside(ctx, b.place, role, int32(2*workers+spareConnections))
	return b, err
}

func (b *build) close() {
	b.progress.stop()
	b.aside.Close()
}

func (b *build) step(name string) {
	if b.options.Step != nil {
		b.options.Step(name)
	}
}

// Run builds a read model again from the beginning of the log, beside the live one, compares the two and swaps them. It
// may be killed at any place: called again it goes on where it was, unless the projection or its tables have changed
// since. ErrBusy when another process does it.
func Run(ctx context.Context, s *store.Store, p projections.Projection, o Options) (Report, error) {
	r, err := run(ctx, s, p, o)
	if err != nil {
		err = fmt.Errorf("rebuild: %s: %w", p.Name(), err)
	}
	return r, err
}

func run(ctx context.Context, s *store.Store, p projections.Projection, o Options) (r Report, err error) {
	began := time.Now()
	r = Report{Projection: p.Name(), Version: p.Version()}
	b, err := newBuild(ctx, s, p, suffixNew, o)
	if err != nil {
		return r, err
	}
	defer b.close()
	err = b.alone(ctx, func() error {
		if r.Resumed, err = b.begin(ctx); err != nil {
			return err
		}
		r.Events = b.progress.all()
		return b.through(ctx, &r)
	})
	r.Took = time.Since(began)
	return r, err
}

// alone runs work while nobody else builds or verifies the same projection.
func (b *build) alone(ctx context.Context, work func() error) error {
	ours, err := b.aside.Exclusive(ctx, "tenure projection "+b.projection.Name(), work)
	if err == nil && !ours {
		return ErrBusy
	}
	return err
}

// through takes a build from wherever it is to the swap.
func (b *build) through(ctx context.Context, r *Report) (err error) {
	for _, part := range []struct {
		name string
		took *time.Duration
		do   func(context.Context) error
	}{
		{"load", &r.Loading, b.load},
		{"index", &r.Indexing, b.settle},
		{"compare", &r.Comparing, func(ctx context.Context) error { return b.examine(ctx, r) }},
		{"follow", &r.Following, b.takePlace},
	} {
		began := time.Now()
		b.progress.phase(part.name)
		if err := part.do(ctx); err != nil {
			return err
		}
		*part.took = time.Since(began)
	}
	return nil
}

// settle makes indexes and statistics. Rows that are only ever appended are followed without either being read: their
// statistics wait, since they are one session's work, for when others are at work beside it.
func (b *build) settle(ctx context.Context) error {
	if err := b.index(ctx); err != nil || b.appends() {
		return err
	}
	return b.analyze(ctx)
}

// examine compares with the live tables, and takes the statistics that have waited.
func (b *build) examine(ctx context.Context, r *Report) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) { r.Tables, r.Compared, err = b.compareLive(ctx); return err })
	if b.appends() {
		g.Go(func() error { return b.analyze(ctx) })
	}
	return g.Wait()
}

func (b *build) appends() bool {
	_, ok := b.projection.(projections.Appender)
	return ok
}

// begin finds the build that was under way, or makes empty tables and divides the log as far as it is now.
func (b *build) begin(ctx context.Context) (resumed bool, err error) {
	err = b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) (err error) {
		b.tables, b.shape, err = shapeOf(ctx, tx, b.home, b.projection.Tables())
		return err
	})
	if err != nil {
		return false, err
	}
	former, found, err := b.aside.BuildIn(ctx, b.place)
	if err != nil {
		return false, err
	}
	if found && former.Version == b.projection.Version() && former.Shape == b.shape {
		b.take(former)
		return true, nil
	}
	heads, err := b.aside.Heads(ctx)
	if err != nil {
		return false, err
	}
	to := make(map[store.ShardID]int64, len(heads))
	for shard, head := range heads {
		to[shard] = head.Head
	}
	return false, b.start(ctx, to, false)
}

// start makes empty tables and divides the log up to positions.
func (b *build) start(ctx context.Context, to map[store.ShardID]int64, unlogged bool) error {
	streams, err := b.aside.Streams(ctx)
	if err != nil {
		return err
	}
	all := store.Build{Place: b.place, Version: b.projection.Version(), Shape: b.shape}
	for shard, target := range to {
		all.Shards = append(all.Shards, b.divide(shard, target, streams[shard]))
	}
	err = b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := b.makePlace(ctx, tx, unlogged); err != nil {
			return err
		}
		return store.BeginBuild(ctx, tx, all)
	})
	if err != nil {
		return err
	}
	b.take(all)
	b.step("begin")
	return nil
}

// divide says which pieces a shard is loaded in; none: it is followed from its beginning.
func (b *build) divide(shard store.ShardID, target, streams int64) store.BuildShard {
	n := int64(0)
	switch b.projection.(type) {
	case projections.Folder:
		n = max(ceil(streams, cmp.Or(b.options.pieces, streamsMax)), min(target, 1))
	case projections.Appender:
		n = ceil(target, cmp.Or(b.options.pieces, appendEvents))
	}
	if n == 0 {
		target = 0
	}
	return store.BuildShard{Shard: shard, Target: target, Pieces: int32(n)}
}

func ceil(n, by int64) int64 { return (n + by - 1) / by }

// take goes on with a build as the database tells it.
func (b *build) take(from store.Build) {
	b.shards = make([]*store.BuildShard, len(from.Shards))
	total, done := int64(0), int64(0)
	for i := range from.Shards {
		s := &from.Shards[i]
		b.shards[i] = s
		total += s.Target
		if s.Pieces > 0 {
			done += end(s, s.Done)
		}
	}
	b.progress.begin(total, done)
}

// pause waits; false: ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
