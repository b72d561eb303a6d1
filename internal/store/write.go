package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// writeRowsMax bounds the rows of one kind in a write: above it memory and lock time grow, speed does not.
const writeRowsMax = 10_000

// Write commits all that a batch changes, or nothing, in one round trip, and advances the claim. It fills in positions
// and hashes of the events and sequences of the outcomes. NextOffset, DecidedAt, LastNumber and LastRecord keep the
// claim's value when they are zero, and are refused when they lie before it.
//
// Errors: ErrFenced, ErrCatalogMoved, ErrHalted, *ConflictError, ErrInDoubt, or one for which IsTransient reports
// whether the same write may be tried again; any other means that the write itself is faulty. Unless it is ErrInDoubt
// nothing was written, and the claim is as before.
func (s *Store) Write(ctx context.Context, c *Claim, w Write) error {
	next, err := c.after(&w)
	if err == nil {
		err = s.commit(ctx, c, &next, &w)
	}
	if err != nil {
		return fmt.Errorf("store: write %d events to shard %d after %d: %w", len(w.Events), c.Shard, c.Head, err)
	}
	*c = next
	return nil
}

// after numbers and chains what is written, and is the claim as it will be.
func (c *Claim) after(w *Write) (Claim, error) {
	next := *c
	if err := w.within(); err != nil {
		return next, err
	}
	if err := forward("next offset", &next.NextOffset, w.NextOffset); err != nil {
		return next, err
	}
	if err := forward("last number", &next.LastNumber, w.LastNumber); err != nil {
		return next, err
	}
	if !w.DecidedAt.IsZero() {
		if next.DecidedAt = w.DecidedAt.UTC().Truncate(time.Microsecond); next.DecidedAt.Before(c.DecidedAt) {
			return next, fmt.Errorf("time of the decision goes back from %s", c.DecidedAt.Format(time.RFC3339Nano))
		}
	}
	if len(w.LastRecord) > 0 {
		next.LastRecord = w.LastRecord
	}
	next.number(w)
	return next, nil
}

// number gives what is written its places behind the heads, which it moves, and chains the events.
func (c *Claim) number(w *Write) {
	chain := NewChainer()
	for i := range w.Events {
		e := &w.Events[i]
		c.Head++
		e.Shard, e.Position, e.ContentID = c.Shard, c.Head, true
		e.Chain = chain.Next(c.Chain, e)
		c.Chain = e.Chain
	}
	for i := range w.Outcomes {
		c.OutcomesHead++
		o := &w.Outcomes[i]
		o.Shard, o.Sequence = c.Shard, c.OutcomesHead
		o.Chain = chain.nextOutcome(c.OutcomeChain, o)
		c.OutcomeChain = o.Chain
	}
}

// within checks the limits of a write.
func (w *Write) within() error {
	rows := []int{
		len(w.Events),
		len(w.Subjects),
		len(w.Outcomes),
		len(w.Parked),
		len(w.OpenRuns),
		len(w.Freed),
		len(w.Rewritten),
	}
	if w.Chunk != nil {
		rows = append(rows, len(w.Chunk.Totals), len(w.Chunk.Products), len(w.Chunk.Reasons))
	}
	for _, n := range rows {
		if n > writeRowsMax {
			return fmt.Errorf("%d rows in one write: at most %d", n, writeRowsMax)
		}
	}
	return nil
}

// forward moves a counter that never goes back; zero leaves it.
func forward(name string, counter *int64, to int64) error {
	if to == 0 {
		return nil
	}
	if to < *counter {
		return fmt.Errorf("%s goes back from %d to %d", name, *counter, to)
	}
	*counter = to
	return nil
}

// step is a group of statements of a write, or the rows of events that are copied; its name is the failpoint after it.
type step struct {
	name   string
	queue  func(*pgx.Batch) error
	copied []Event // in place of statements
}

// steps are the groups that this write needs, the fence first.
func (s *Store) steps(c, next *Claim, w *Write) []step {
	var steps []step
	add := func(needed bool, name string, queue func(*pgx.Batch) error) {
		if needed {
			steps = append(steps, step{name: name, queue: queue})
		}
	}
	add(true, "write.fenced", func(b *pgx.Batch) error { return queueFence(b, c, next, w) })
	add(w.Chunk != nil || w.RunStep, "write.allowed", func(b *pgx.Batch) error {
		return queueNotHalted(b, ScopeInvoicing)
	})
	add(w.Deletes, "write.deletes", func(b *pgx.Batch) error { return queueNotHalted(b, ScopeDeletions) })
	add(len(w.RunsSeen) > 0, "write.seen", func(b *pgx.Batch) error { return queueRunSeen(b, w.RunsSeen) })
	add(len(w.Events) > 0 && c.Shard == CatalogShard, "write.catalog", func(b *pgx.Batch) error {
		return queueCatalogHead(b, next)
	})
	if s.copies(w) {
		steps = append(steps, step{name: "write.events", copied: w.Events})
	} else {
		add(len(w.Events) > 0, "write.events", func(b *pgx.Batch) error { return queueEvents(b, c, w.Events) })
	}
	add(len(w.Subjects) > 0, "write.subjects", func(b *pgx.Batch) error { return queueSubjects(b, c.Shard, w) })
	add(len(w.Outcomes) > 0, "write.outcomes", func(b *pgx.Batch) error { return queueOutcomes(b, c, w.Outcomes) })
	add(len(w.Parked) > 0, "write.parked", func(b *pgx.Batch) error { return queueParked(b, c.Shard, w.Parked) })
	add(len(w.OpenRuns) > 0, "write.runs", func(b *pgx.Batch) error { return queueOpenRuns(b, c.Shard, w.OpenRuns) })
	add(w.DueBy != 0, "write.due", func(b *pgx.Batch) error { return queueDueBy(b, c.Shard, w.DueBy) })
	add(len(w.Freed) > 0, "write.logins", func(b *pgx.Batch) error { return queueFreed(b, w.Freed) })
	add(
		len(w.Rewritten) > 0,
		"write.rewritten",
		func(b *pgx.Batch) error { return queueRewritten(b, c.Shard, w.Rewritten) },
	)
	add(w.Repair != nil, "write.repair", func(b *pgx.Batch) error { return queueRepair(b, c.Shard, w.Repair) })
	add(w.Chunk != nil, "write.chunk", func(b *pgx.Batch) error { return queueChunk(b, c, next, w.Chunk) })
	add(len(w.Halts) > 0, "write.halts", func(b *pgx.Batch) error { return queueHalts(b, w.Halts) })
	add(len(w.Abandoned) > 0, "write.abandoned", func(b *pgx.Batch) error { return queueAbandoned(b, w.Abandoned) })
	return steps
}

// commit sends the write in one round trip, or in three where its events are copied.
func (s *Store) commit(ctx context.Context, c, next *Claim, w *Write) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	steps := s.steps(c, next, w)
	if hook := failpoint.Load(); hook != nil {
		return commitInSteps(ctx, conn, steps, *hook)
	}
	sent, err := inParts(steps)
	if err != nil {
		return err
	}
	if err := sent.transact(ctx, conn); err != nil {
		return classifySent(err)
	}
	return nil
}

// sqlFence compares the shard's row with the claim and moves it on. When the row does not match, the statement itself
// fails: tenure_refuse raises, the server skips the rest of the batch, and no statement after it can take effect. It
// does not depend on the client looking at a row count, which it could do only after the commit.
//
// The catalogue's head is read in the same snapshot and not locked: a write decided under a version that was the newest
// when the statement began precedes the catalogue's next change in the order of events, even if it commits after it.
// It has a table beside the catalogue's shard, which is on another node of a cluster: each node has a copy.
//
// The database is the witness of time: what is decided for a time that its clock has not reached is refused, since it
// could not be undone. A simulated clock is ahead on purpose.
//
// The row is looked for where the last write left it, and only then by its key: while a long snapshot is open (a dump,
// a verification), the former versions of the row stay, and a search by key goes through all of them.
const sqlFence = `
WITH catalog AS (
    SELECT $13::bigint < 0 OR EXISTS (
        SELECT 1 FROM catalog_head AS c
        WHERE c.head = $13::bigint AND ($14::bytea IS NULL OR c.chain = $14::bytea)
    ) OR $13::bigint = 0 AND NOT EXISTS (SELECT 1 FROM catalog_head) AS same
), clocks AS (
    SELECT $10::timestamptz <= clock_timestamp() + INTERVAL '1 minute' OR EXISTS (SELECT 1 FROM clock) AS agree
), quick AS (
    UPDATE shards AS s` + sqlFenceSet + `
    FROM catalog, clocks
    WHERE s.ctid = $18::text::tid AND s.shard = $1::integer` + sqlFenceMatches + `
    RETURNING s.ctid
), taken AS (
    UPDATE shards AS s` + sqlFenceSet + `
    FROM catalog, clocks
    WHERE NOT EXISTS (SELECT 1 FROM quick) AND s.shard = $1::integer` + sqlFenceMatches + `
    RETURNING s.ctid
)
SELECT CASE
    WHEN EXISTS (SELECT 1 FROM quick) OR EXISTS (SELECT 1 FROM taken) THEN 0
    WHEN NOT EXISTS (
        SELECT 1 FROM shards AS s
        WHERE s.shard = $1::integer AND s.epoch = $2::bigint AND s.next_offset = $3::bigint
          AND s.head = $4::bigint AND s.chain = $16::bytea
          AND s.outcomes_head = $5::bigint AND s.outcomes_chain = $17::bytea)
    THEN tenure_refuse('` + stateFenced + `', 'the shard has another owner')
    WHEN NOT (SELECT c.agree FROM clocks AS c)
    THEN tenure_refuse('` + stateClockAhead + `',
                       'a decision is for ' || $10::timestamptz || ', it is ' || clock_timestamp())
    WHEN NOT (SELECT c.same FROM catalog AS c)
    THEN tenure_refuse('` + stateCatalogMoved + `', 'the catalogue has moved on')
    ELSE tenure_refuse('` + stateFenced + `', 'another owner was faster')
END, COALESCE((SELECT q.ctid FROM quick AS q), (SELECT t.ctid FROM taken AS t))::text`

const (
	sqlFenceSet = `
    SET next_offset = $6::bigint, head = $7::bigint, outcomes_head = $8::bigint, last_number = $9::bigint,
        decided_at = $10::timestamptz, chain = $11::bytea, last_record = $12::bytea, outcomes_chain = $15::bytea`

	sqlFenceMatches = ` AND s.epoch = $2::bigint AND s.next_offset = $3::bigint
      AND s.head = $4::bigint AND s.chain = $16::bytea AND s.outcomes_head = $5::bigint AND s.outcomes_chain = $17::bytea
      AND catalog.same AND clocks.agree`
)

func queueFence(b *pgx.Batch, c, next *Claim, w *Write) error {
	queued := b.Queue(sqlFence, int32(c.Shard), c.Epoch, c.NextOffset, c.Head, c.OutcomesHead,
		next.NextOffset, next.Head, next.OutcomesHead, next.LastNumber, next.DecidedAt, present(next.Chain),
		present(next.LastRecord), w.CatalogVersion, w.CatalogChain,
		present(next.OutcomeChain), present(c.Chain), present(c.OutcomeChain), c.row)
	queued.QueryRow(func(row pgx.Row) error {
		var taken int32
		return row.Scan(&taken, &next.row)
	})
	return nil
}

// present is never nil: a nil slice would be sent as NULL.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
