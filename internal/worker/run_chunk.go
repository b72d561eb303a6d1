package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// chunkEmployeesMax is how many employees one transaction of a run bills: as with commands, more than a few hundred
// bring nothing, and a chunk is what a kill loses and what commands wait for.
const chunkEmployeesMax = 500

// Why a chunk is not written although nothing is wrong with it.
var (
	errHalted    = errors.New("worker: invoicing is halted")
	errRunClosed = errors.New("worker: the run is not open in the shard any more")
)

// openRun is a run that this shard is working through.
type openRun struct {
	store.RunShard
	manifest events.RunShardOpened
	policy   billing.Policy
	catalog  *domain.Catalog
	plan     bool  // nothing of it is written
	forecast *held // what held in the last run, where a plan differs from it
}

// held is the catalogue and policy of a run.
type held struct {
	run     string
	catalog *domain.Catalog
	policy  billing.Policy
}

// chunk takes the oldest open run of the shard one step further. The step is one transaction of events, states, totals
// and the cursor: killed anywhere, the next owner continues behind the last committed cursor, and nobody is billed
// twice.
func (o *owner) chunk(ctx context.Context) (worked bool, err error) {
	run, err := o.openRun(ctx)
	if run == nil || err != nil {
		return false, err
	}
	if halted, err := o.halted(ctx); err != nil || halted {
		return false, err
	}
	size := cmp.Or(o.ChunkEmployees, chunkEmployeesMax)
	var page []store.Subject
	err = o.retry(ctx, "run", func() error {
		page, err = o.Store.BillDue(ctx, o.claim.Shard, run.BusinessDate, run.CursorDue, run.CursorStream, size)
		return err
	}, store.IsTransient)
	if err != nil {
		return false, err
	}
	done := store.LastBillDue(page, size)
	err = o.billPage(ctx, run, page, done)
	switch {
	case errors.Is(err, errHalted):
		return false, nil
	case err != nil && !errors.Is(err, errRunClosed):
		return false, err
	}
	if done || err != nil {
		o.runs, o.runsKnown = nil, false
	}
	return true, nil
}

// halted reports whether operators have stopped invoicing. It saves reading a page that would not be billed; what
// counts is read in the chunk's own transaction.
func (o *owner) halted(ctx context.Context) (halted bool, err error) {
	err = o.retry(ctx, "halts", func() error {
		known, err := o.known(ctx, store.Read{})
		halted = known.InvoicingHalted
		return err
	}, store.IsTransient)
	return halted, err
}

// openRun finds the shard's oldest open run. The database is asked at the start and after a run was opened or finished:
// only this owner does either.
func (o *owner) openRun(ctx context.Context) (*openRun, error) {
	if o.runsKnown {
		return o.runs, nil
	}
	var open []store.RunShard
	err := o.retry(ctx, "open runs", func() (err error) {
		open, err = o.Store.OpenRunShards(ctx, o.claim.Shard)
		return err
	}, store.IsTransient)
	if err != nil {
		return nil, err
	}
	run := o.firstReadable(open)
	if run == nil {
		o.runs, o.runsKnown = nil, true
		return nil, nil
	}
	version, err := store.ParsePlace(run.manifest.CatalogVersion, run.manifest.CatalogChain)
	if err != nil {
		return nil, err
	}
	if run.catalog, err = o.at(ctx, version); err != nil {
		return nil, err
	}
	o.runs, o.runsKnown = run, true
	return run, nil
}

// firstReadable is the oldest run whose manifest is one. Another is blocked, loudly, and holds up neither commands nor
// the runs after it: its command did not come from the scheduler.
func (o *owner) firstReadable(open []store.RunShard) *openRun {
	for _, row := range open {
		run := &openRun{RunShard: row}
		err := json.Unmarshal(run.Manifest, &run.manifest)
		if err == nil {
			err = json.Unmarshal(run.manifest.Policy, &run.policy)
		}
		if err == nil {
			run.policy, err = run.policy.Ready() // ready, it keeps its zone
		}
		if err == nil {
			return run
		}
		o.Log.Error(
			"worker: the manifest of a run cannot be read, it is blocked",
			"run",
			row.Run,
			"shard",
			row.Shard,
			"error",
			err,
		)
	}
	return nil
}

// billPage bills a page in one transaction, or in smaller ones where the database refuses it. The employee that is
// refused alone is parked. last says that the page is the run's last one in the shard.
func (o *owner) billPage(ctx context.Context, run *openRun, page []store.Subject, last bool) error {
	attempt := func(part chunkPart) error {
		return o.retry(ctx, "chunk", func() error { return o.writeChunk(ctx, run, part) }, retryable)
	}
	return bisect(page, 0, func(rows []store.Subject, behind int) error {
		return attempt(chunkPart{rows: rows, last: last && behind == 0, failed: map[string]string{}})
	}, func(row store.Subject, behind int, refused error) error {
		o.Log.Error("worker: the database refuses the lines of an employee, it is parked",
			"shard", o.claim.Shard, "run", run.Run,
			"stream", row.Stream, "error", refused)
		why, _ := refusal(refused)
		return attempt(chunkPart{
			rows: []store.Subject{row}, last: last && behind == 0, failed: map[string]string{row.Stream: why},
		})
	})
}

// chunkPart is what one transaction of a run bills.
type chunkPart struct {
	rows   []store.Subject
	last   bool              // nothing is due behind it
	failed map[string]string // streams that cannot be billed, and why
}

// runClosed recognises that the run itself was refused, for which no employee of the chunk is to blame.
func runClosed(err error) error {
	var conflict *store.ConflictError
	if errors.As(err, &conflict) && conflict.Constraint == store.ConstraintRunOpen {
		return fmt.Errorf("%w: %w", errRunClosed, conflict.Unwrap())
	}
	return err
}

func (o *owner) writeChunk(ctx context.Context, run *openRun, part chunkPart) error {
	known, err := o.known(ctx, store.Read{})
	if err != nil {
		return err
	}
	if known.InvoicingHalted {
		return errHalted
	}
	b, err := o.bill(ctx, run, part, known)
	if err != nil {
		return err
	}
	b.chunk.Done = part.last
	if len(part.rows) > 0 {
		last := part.rows[len(part.rows)-1]
		b.chunk.CursorDue, b.chunk.CursorStream = last.BillDue, last.Stream
	} else {
		b.chunk.CursorDue, b.chunk.CursorStream = run.CursorDue, run.CursorStream
	}
	if part.last {
		if err := b.complete(ctx); err != nil {
			return err
		}
	}
	write, err := b.finish()
	if err != nil {
		return err
	}
	write.Chunk = b.chunk
	before := o.claim.Head
	if err := o.Store.Write(ctx, &o.claim, write); err != nil {
		return runClosed(err)
	}
	run.advance(b.chunk, before, o.claim.Head)
	o.Observer.Chunk(int32(o.claim.Shard), len(part.rows), b.lines)
	return nil
}

// advance follows in memory what the chunk's transaction did to the run's row.
func (r *openRun) advance(c *store.Chunk, before, after int64) {
	r.CursorDue, r.CursorStream = c.CursorDue, c.CursorStream
	r.Examined, r.Billed, r.NotBilled = r.Examined+c.Examined, r.Billed+c.Billed, r.NotBilled+c.NotBilled
	if after == before {
		return
	}
	r.LastPos = after
	if r.FirstPos == 0 {
		r.FirstPos = before + 1
	}
}
