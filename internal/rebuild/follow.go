package rebuild

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"tenure/events"
	"tenure/internal/store"
)

// followPage is how many events of a shard are folded and written together.
const followPage = 4_000

// follow takes every shard on to a position, exactly, as the live reader does: a page's rows and the checkpoint in one
// transaction. A shard that is there already, or further, stays.
func (b *build) follow(ctx context.Context, to map[store.ShardID]int64) error {
	if err := b.known(ctx, to); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(b.workers)
	for _, s := range b.shards {
		g.Go(func() error {
			for s.Position < to[s.Shard] {
				if err := b.page(ctx, s, to[s.Shard]); err != nil {
					return fmt.Errorf("follow shard %d behind %d: %w", s.Shard, s.Position, err)
				}
				b.step("page")
			}
			return nil
		})
	}
	return g.Wait()
}

// known adds shards that did not exist when the build began.
func (b *build) known(ctx context.Context, to map[store.ShardID]int64) error {
	have := make(map[store.ShardID]bool, len(b.shards))
	for _, s := range b.shards {
		have[s.Shard] = true
	}
	for shard := range to {
		if have[shard] {
			continue
		}
		if err := b.aside.AddBuildShard(ctx, b.place, shard); err != nil {
			return err
		}
		b.shards = append(b.shards, &store.BuildShard{Shard: shard})
	}
	return nil
}

func (b *build) page(ctx context.Context, s *store.BuildShard, to int64) error {
	found, err := b.aside.Events(ctx, s.Shard, s.Position, int(min(followPage, to-s.Position)))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("the log ends there, and %d was asked for: tenure audit", to)
	}
	var facts []events.Recorded
	for i := range found {
		if want := s.Position + 1 + int64(i); found[i].Position != want {
			return fmt.Errorf("position %d is missing in the log: tenure audit", want)
		}
		f, wanted, err := b.recorded(&found[i])
		if err != nil {
			return err
		}
		if wanted {
			facts = append(facts, f)
		}
	}
	batch, last := &pgx.Batch{}, found[len(found)-1].Place()
	store.MoveBuild(batch, b.place, s.Shard, s.Position, last)
	if len(facts) > 0 {
		if err := b.projection.Write(ctx, b.aside, facts, batch); err != nil {
			return err
		}
	}
	if err := b.aside.InTx(ctx, batch); err != nil {
		return err
	}
	b.progress.add(int64(len(found)))
	s.Position = last.Position
	return nil
}

// behind is how many positions a build is away from others.
func (b *build) behind(to map[store.ShardID]int64) (n int64) {
	at := b.positions()
	for shard, position := range to {
		n += max(position-at[shard], 0)
	}
	return n
}

// positions are the checkpoints of a build.
func (b *build) positions() map[store.ShardID]int64 {
	at := make(map[store.ShardID]int64, len(b.shards))
	for _, s := range b.shards {
		at[s.Shard] = s.Position
	}
	return at
}
