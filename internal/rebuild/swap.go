package rebuild

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/internal/store"
)

const (
	// nearEvents is how far behind the log a build may be when the live reader is stopped: it is folded in some 100 ms.
	nearEvents = 2_000
	// nearRounds bounds the attempts to get that near; each is shorter than the one before, unless the log grows faster
	// than a build can follow, and then the rest takes a little longer.
	nearRounds = 20
	// swapAttemptsMax bounds the attempts to get the tables for ourselves. A statement that reads for longer than
	// swapLockTime keeps them.
	swapAttemptsMax = 30
	// swapLockTime is how long readers may have to wait behind an attempt. It is above deadlock_timeout (1 s), after which
	// a vacuum that is in the way gives up.
	swapLockTime = "2s"
	// swapPause lets the readers that waited go on before the next attempt.
	swapPause = time.Second
)

// takePlace follows the log until it is near its end, and swaps.
func (b *build) takePlace(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		if err := b.near(ctx); err != nil {
			return err
		}
		err := b.swap(ctx)
		if err == nil || !store.IsTransient(err) || attempt == swapAttemptsMax {
			return err
		}
		if !pause(ctx, swapPause) {
			return ctx.Err()
		}
	}
}

func (b *build) near(ctx context.Context) error {
	for range nearRounds {
		heads, err := b.aside.Heads(ctx)
		if err != nil {
			return err
		}
		to := make(map[store.ShardID]int64, len(heads))
		for shard, head := range heads {
			to[shard] = head.Head
		}
		behind := b.behind(to)
		if err := b.follow(ctx, to); err != nil {
			return err
		}
		if behind <= nearEvents {
			return nil
		}
	}
	return nil
}

// swap puts the new tables in the place of the live ones, in one transaction, and the live reader to their checkpoints.
//
// Why no live writer can write into the new tables with a checkpoint that is not theirs:
//
//  1. A writer's transaction begins with the move of its checkpoint (store.Lease.Advance), which locks its row of the
//     subscriptions and compares its epoch, before it touches a row of the read model.
//  2. The swap locks all those rows first (store.StopReader). Each writer has committed before, and then its rows are
//
// in
//
//	the old tables, its checkpoint is what we read, and the build takes the same events from the log; or it waits
//
// behind
//
//	   our lock and has written nothing.
//	3. With the rows locked the checkpoints do not move. The build follows up to them, in its own transactions, and is
//	   then at or ahead of each; only then do the tables change places, and the rows of the subscriptions get the
//
// build's
//
//	   positions, another epoch, no owner and the version (store.Hand). All of it commits at once or not at all.
//	4. A writer that waited now finds another epoch: its whole transaction is refused, whatever tables its statements
//
// mean
//
//	by then. It leases again, and with the new epoch it reads the new positions, and by name the new tables. Rows
//
// that it
//
//	   had read from the old ones went with the page that was refused.
//	5. A build of a lower version is given no lease any more, since the version stands in the row that is leased.
//
// Readers are not fenced. A statement that runs holds the old tables until it ends, and the swap waits; one that comes
// later waits for us, and PostgreSQL looks the name up again after the wait: also in a prepared statement, whose plan
// is dropped when its table is altered. The columns are the same, so that the client's cached description holds.
func (b *build) swap(ctx context.Context) error {
	name, old := b.projection.Name(), b.projection.Name()+suffixOld
	err := b.aside.Transact(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		if err := execAll(ctx, tx, "SET LOCAL lock_timeout = '"+swapLockTime+"'",
			"SET LOCAL synchronous_commit = on"); err != nil {
			return err
		}
		stopped, err := store.StopReader(ctx, tx, name)
		if err != nil {
			return err
		}
		b.step("stopped")
		if err := b.follow(ctx, stopped); err != nil {
			return err
		}
		if err := b.change(ctx, tx, old); err != nil {
			return err
		}
		b.step("renamed")
		if err := store.Hand(ctx, tx, name, b.projection.Version(), b.positions()); err != nil {
			return err
		}
		return store.EndBuild(ctx, tx, b.place)
	})
	if err == nil {
		b.step("swapped")
	}
	return err
}

// change moves the live tables to the old place and the new ones to the live one.
func (b *build) change(ctx context.Context, tx pgx.Tx, old string) error {
	quoted := func(name string) string { return pgx.Identifier{name}.Sanitize() }
	live := make([]string, len(b.tables))
	moves := []string{}
	for i := range b.tables {
		t := &b.tables[i]
		live[i] = t.full
		moves = append(moves,
			fmt.Sprintf("ALTER TABLE %s SET SCHEMA %s", t.full, quoted(old)),
			fmt.Sprintf("ALTER TABLE %s SET SCHEMA %s", t.in(b.place), quoted(b.home)))
	}
	// All at once, in one order: nothing is renamed before everything is ours.
	first := []string{"LOCK TABLE " + strings.Join(live, ", ") + " IN ACCESS EXCLUSIVE MODE"}
	if err := execAll(ctx, tx, first...); err != nil {
		return err
	}
	if err := dropPlace(ctx, tx, old); err != nil {
		return err
	}
	statements := append([]string{"CREATE SCHEMA " + quoted(old)}, moves...)
	statements = append(statements, "DROP SCHEMA "+quoted(b.place))
	if err := execAll(ctx, tx, statements...); err != nil {
		return err
	}
	if b.options.DropOld {
		return dropPlace(ctx, tx, old)
	}
	return nil
}
