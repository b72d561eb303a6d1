package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/contract"
)

// StreamPlace is a stream and the shard that it is in.
type StreamPlace struct {
	Shard  ShardID
	Stream string
}

// layoutKept is for how long a process believes the layout that it has read. It is shorter than growthDelay: no stream
// is in a new shard before everybody looks for it there.
const layoutKept = 3 * time.Second

// layout is in which shards streams are.
type layout struct {
	contract.Layout
	readAt time.Time
}

// sqlLayout reads the shards that there are, and the counts of partitions that a topic was given since.
const sqlLayout = `
SELECT shard, GREATEST(partitions, grown_to) FROM shards
UNION ALL
SELECT -1 - family, partitions FROM partition_counts`

// readLayout reads the shards that there are, and keeps how many partitions their topics have and have had.
func (s *Store) readLayout(ctx context.Context) (found layout, all []int32, err error) {
	found.readAt = time.Now()
	rows, err := s.pool.Query(ctx, sqlLayout)
	if err != nil {
		return found, nil, fmt.Errorf("store: shards: %w", classify(err))
	}
	var shard, partitions int32
	_, err = pgx.ForEachRow(rows, []any{&shard, &partitions}, func() error {
		if shard < 0 {
			found.add(int(-1-shard), partitions)
			return nil
		}
		all = append(all, shard)
		found.add(ShardID(shard).Family(), partitions)
		return nil
	})
	if err != nil {
		return found, nil, fmt.Errorf("store: shards: %w", classify(err))
	}
	s.layout.Store(&found)
	return found, all, nil
}

// add notes how many partitions the topic of a family has, or has had.
func (l *layout) add(family int, partitions int32) {
	if partitions <= 0 || family >= len(l.Layout) {
		return
	}
	counts := append(l.Layout[family], partitions)
	slices.Sort(counts)
	l.Layout[family] = slices.Compact(counts)
}

// shardsOf returns the shards in which streams may be: those of each by its key, or all where one is not known. A
// statement that names them looks into their part of an index, and on their nodes, alone.
func (s *Store) shardsOf(ctx context.Context, streams ...string) ([]int32, error) {
	if known := s.layout.Load(); known != nil && time.Since(known.readAt) < layoutKept {
		if shards, ok := known.of(streams); ok {
			return shards, nil
		}
	}
	found, all, err := s.readLayout(ctx)
	if err != nil {
		return nil, err
	}
	if shards, ok := found.of(streams); ok {
		return shards, nil
	}
	return all, nil
}

// shardsLike returns the shards in which streams of a prefix, such as run/nightly/, may be: all of their family.
func (s *Store) shardsLike(ctx context.Context, prefix string) ([]int32, error) {
	kind, _, _ := strings.Cut(prefix, "/")
	if known := s.layout.Load(); known != nil && time.Since(known.readAt) < layoutKept {
		if shards := known.ofKind(kind); shards != nil {
			return shards, nil
		}
	}
	found, all, err := s.readLayout(ctx)
	if err != nil {
		return nil, err
	}
	if shards := found.ofKind(kind); shards != nil {
		return shards, nil
	}
	return all, nil
}

// ofKind returns the shards of a kind's family, also those that no worker has claimed yet; nil where it has none.
func (l *layout) ofKind(kind string) (shards []int32) {
	family, ok := contract.FamilyOf(kind)
	if !ok || len(l.Layout[family]) == 0 {
		return nil
	}
	for p := range slices.Max(l.Layout[family]) {
		shards = append(shards, int32(ShardOf(family, p)))
	}
	return shards
}

// of returns the shards of streams, each once; false where one is not known.
func (l *layout) of(streams []string) ([]int32, bool) {
	shards := make([]int32, 0, 1)
	seen := make(map[int32]bool, 1)
	for _, stream := range streams {
		homes, ok := l.ShardsOfStream(stream)
		if !ok {
			return nil, false
		}
		for _, shard := range homes {
			if !seen[shard] {
				seen[shard] = true
				shards = append(shards, shard)
			}
		}
	}
	return shards, true
}

// ofStream runs a query on the shards of a stream, which are its first argument. What a command of a run's part in a
// shard left behind is where the command arrived: whoever sends one by hand gives it the key of its name, which leads
// anywhere.
func ofStream[T any](
	ctx context.Context, s *Store, stream string, raw func([][]byte) T, sql string, args ...any,
) ([]T, error) {
	var shards []int32
	var err error
	if kind, _, _ := strings.Cut(stream, "/"); kind == contract.KindRunShard {
		_, shards, err = s.readLayout(ctx)
	} else {
		shards, err = s.shardsOf(ctx, stream)
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, sql, append([]any{shards}, args...)...)
	if err != nil {
		return nil, err
	}
	return collect(rows, 0, raw)
}
