package feed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenure/internal/backoff"
	"tenure/internal/store"
)

// The names of the two readers that publish, which package relay drives: their checkpoints are read here.
const (
	// RelayName is the name of the relay of events.
	RelayName = "relay"
	// OutcomesName is the name of the relay of outcomes. Its positions are sequences of outcomes.
	OutcomesName = "outcomes"
)

// Progress is how far a subscriber is in a shard.
type Progress struct {
	Subscriber string
	Shard      store.ShardID
	Position   int64  // last position taken; of outcomes for the relay of outcomes
	Head       int64  // the end of what it reads
	Lag        int64  // Head - Position
	Owner      string // who reads, or read last
	Leased     bool   // whether a process reads now
	Version    int32  // of what the reader keeps; 1 for those that keep nothing
	// Delay is how long ago, in business time, the first thing happened that was not taken; 0: everything is. Only
	// ProgressOf tells it.
	Delay time.Duration
	// Heard is when the lease was last taken or renewed, by the database's clock; zero: never. Only ProgressOf tells it.
	Heard time.Time
}

const sqlProgress = `
SELECT name, shard, position, head, outcomes_head, owner, leased, version
FROM reader_progress
ORDER BY name, shard`

// The times cost a look into the log for each reader that is behind: who only waits asks without them.
const sqlProgressInTime = `
SELECT name, shard, position, head, outcomes_head, owner, leased, version, renewed_at, event_at, outcome_at, now
FROM reader_progress
ORDER BY name, shard`

// ProgressOf tells how far every subscriber is in every shard, by name and shard, against where the shards are this
// moment. One that never ran is not among them.
func ProgressOf(ctx context.Context, s *store.Store) ([]Progress, error) {
	all, err := collectProgress(ctx, s, sqlProgressInTime, scanInTime)
	if err != nil {
		return nil, fmt.Errorf("feed: progress: %w", err)
	}
	out := all[:0]
	for _, p := range all {
		if !strings.HasSuffix(p.Subscriber, memberSuffix) {
			out = append(out, p)
		}
	}
	return out, nil
}

// scanInTime reads a row of sqlProgressInTime.
func scanInTime(rows pgx.Rows, p *Progress) error {
	var outcomes int64
	var heard, event, outcome *time.Time
	var now time.Time
	err := rows.Scan(&p.Subscriber, &p.Shard, &p.Position, &p.Head, &outcomes, &p.Owner, &p.Leased, &p.Version,
		&heard, &event, &outcome, &now)
	if p.Subscriber == OutcomesName {
		p.Head, event = outcomes, outcome
	}
	if heard != nil {
		p.Heard = heard.UTC()
	}
	if event != nil && p.Position < p.Head {
		p.Delay = max(now.Sub(*event), 0)
	}
	return err
}

func progress(ctx context.Context, s *store.Store, sql string, args ...any) ([]Progress, error) {
	return collectProgress(ctx, s, sql, func(rows pgx.Rows, p *Progress) error {
		var outcomes int64
		err := rows.Scan(&p.Subscriber, &p.Shard, &p.Position, &p.Head, &outcomes, &p.Owner, &p.Leased, &p.Version)
		if p.Subscriber == OutcomesName {
			p.Head = outcomes
		}
		return err
	}, args...)
}

func collectProgress(ctx context.Context, s *store.Store, sql string, scan func(pgx.Rows, *Progress) error,
	args ...any) ([]Progress, error) {
	var all []Progress
	b := &pgx.Batch{}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var p Progress
			if err := scan(rows, &p); err != nil {
				return err
			}
			p.Lag = max(p.Head-p.Position, 0)
			all = append(all, p)
		}
		return rows.Err()
	})
	return all, s.InTx(ctx, b)
}

const sqlMembers = `
SELECT name, shard, position, head, outcomes_head, owner, leased, version
FROM reader_progress WHERE name = $1::text AND leased`

// countMembers returns how many membership slots of a name are taken, and how many of them before one's own, which
// counts in any case.
func countMembers(ctx context.Context, s *store.Store, name string, own store.ShardID) (rank, members int, err error) {
	taken, err := progress(ctx, s, sqlMembers, name)
	if err != nil {
		return 0, 0, fmt.Errorf("feed: members of %s: %w", name, err)
	}
	members = 1
	for _, slot := range taken {
		if slot.Shard != own {
			members++
		}
		if slot.Shard < own {
			rank++
		}
	}
	return rank, members, nil
}

const (
	// pollFirst and pollMax are the pauses between two looks of one who waits: a page is through in some 20 ms.
	pollFirst = 3 * time.Millisecond
	pollMax   = 50 * time.Millisecond
)

// poll asks until the answer is yes or ctx ends.
func poll(ctx context.Context, ask func(context.Context) (bool, error)) error {
	for pause := pollFirst; ; pause = min(pause+pause/2, pollMax) {
		yes, err := ask(ctx)
		if yes {
			return err
		}
		if !backoff.Sleep(ctx, pause) {
			if err != nil {
				return err
			}
			return ctx.Err()
		}
	}
}
