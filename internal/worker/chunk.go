package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// chunkEmployeesMax is how many employees one transaction of a run bills: as with commands, more than a few hundred brings
// nothing, and a chunk is what a kill loses and what commands wait for.
const chunkEmployeesMax = 500

// ReasonFailed says that billing an employee brought out a fault of ours or a refusal of the database; she is parked.
const ReasonFailed = "FAILED"

// openRun is a run that this shard is working through.
type openRun struct {
	store.RunShard
	manifest events.RunShardOpened
	policy   billing.Policy
	catalog  *domain.Catalog
}

// chunk takes the oldest open run of the shard one step further. The step is one transaction of events, states, totals and
// the cursor: killed anywhere, the next owner goes on behind the last cursor that was committed, and nobody is billed twice.
func (o *owner) chunk(ctx context.Context) (worked bool, err error) {
	run, err := o.openRun(ctx)
	if run == nil || err != nil {
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
	done := len(page) < size
	if err := o.settleChunk(ctx, run, page, done); err != nil {
		return false, err
	}
	if done {
		o.runs, o.runsKnown = nil, false
	}
	return true, nil
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
	if run.catalog, err = o.at(ctx, run.manifest.CatalogVersion); err != nil {
		return nil, err
	}
	o.runs, o.runsKnown = run, true
	return run, nil
}

// firstReadable is the oldest run whose manifest is one. Another stands still, loudly, and holds up neither commands nor the
// runs after it: its command did not come from our scheduler.
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
		o.Log.Error("worker: the manifest of a run cannot be read, it stands still", "run", row.Run, "shard", row.Shard, "error", err)
	}
	return nil
}

// settleChunk bills a page. Where the database refuses it, it is halved until the employee that is refused stands alone.
func (o *owner) settleChunk(ctx context.Context, run *openRun, page []store.Subject, done bool) error {
	err := o.attemptChunk(ctx, run, page, done, map[string]string{})
	why, refused := refusal(err)
	if !refused || len(page) == 0 {
		return err
	}
	if len(page) == 1 {
		o.Log.Error("worker: the database refuses the lines of an employee, she is parked", "run", run.Run,
			"stream", page[0].Stream, "error", err)
		return o.attemptChunk(ctx, run, page, done, map[string]string{page[0].Stream: why})
	}
	half := len(page) / 2
	if err := o.settleChunk(ctx, run, page[:half], false); err != nil {
		return err
	}
	return o.settleChunk(ctx, run, page[half:], done)
}

func (o *owner) attemptChunk(ctx context.Context, run *openRun, page []store.Subject, done bool, failed map[string]string) error {
	return o.retry(ctx, "chunk", func() error { return o.writeChunk(ctx, run, page, done, failed) }, o.worthRetry)
}

// worthRetry tells whether deciding and writing again may succeed.
func (o *owner) worthRetry(err error) bool {
	return errors.Is(err, store.ErrCatalogMoved) || store.IsTransient(err)
}

func (o *owner) writeChunk(ctx context.Context, run *openRun, page []store.Subject, done bool, failed map[string]string) error {
	b, err := o.bill(run, page, failed)
	if err != nil {
		return err
	}
	b.chunk.Done = done
	if len(page) > 0 {
		last := page[len(page)-1]
		b.chunk.CursorDue, b.chunk.CursorStream = last.BillDue, last.Stream
	} else {
		b.chunk.CursorDue, b.chunk.CursorStream = run.CursorDue, run.CursorStream
	}
	if done {
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
		return err
	}
	run.advance(b.chunk, before, o.claim.Head)
	o.Observer.Chunk(int32(o.claim.Shard), len(page), b.lines)
	return nil
}

// bill decides on a page. Whoever brings out a fault of ours joins the failed ones, and the others are billed again without
// her. A page that is not billed to its end is an error, never written: the cursor would pass it.
func (o *owner) bill(run *openRun, page []store.Subject, failed map[string]string) (*runBatch, error) {
	for range len(page) + 1 {
		b := o.newRunBatch(run)
		culprit, err := b.billAll(page, failed)
		if err == nil {
			return b, nil
		}
		o.Log.Error("worker: billing failed on an employee, she is parked", "run", run.Run, "stream", culprit, "error", err)
		failed[culprit] = err.Error()
	}
	return nil, fmt.Errorf("worker: %d employees of %s did not settle", len(page), run.Run)
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

// runBatch is a batch of one chunk: decisions with the run's policy and catalogue.
type runBatch struct {
	*batch
	run    *openRun
	chunk  *store.Chunk
	totals map[string]int // index into chunk.Totals by document
	lines  int
}

func (o *owner) newRunBatch(run *openRun) *runBatch {
	b := o.newBatch(store.Known{}, run.catalog, o.now())
	b.world.Policy, b.asOf = run.policy, run.BusinessDate
	b.write.CatalogVersion = anyCatalog // the run has pinned its own
	return &runBatch{batch: b, run: run, chunk: &store.Chunk{Run: run.Run}, totals: map[string]int{}}
}

func (b *runBatch) billAll(page []store.Subject, failed map[string]string) (culprit string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	for _, row := range page {
		culprit = row.Stream
		if err := b.bill(row, failed[row.Stream]); err != nil {
			return culprit, err
		}
	}
	if s, err := b.rows(); err != nil {
		return s.stream, err
	}
	return "", nil
}

// bill takes one employee through the run.
func (b *runBatch) bill(row store.Subject, failure string) error {
	b.chunk.Examined++
	switch {
	case failure != "":
		b.seal(row)
		b.skip(row.Stream, ReasonFailed, failure)
		return nil
	case row.Parked: // and left as she is: with another due day this run would meet her again
		b.skip(row.Stream, "PARKED", "a command of hers is parked")
		return nil
	}
	s, err := b.add(row.Stream, row)
	if err != nil {
		return err
	}
	s.touched = true
	e, ok := s.state.(*domain.Employee)
	if !ok {
		return fmt.Errorf("worker: %s is not an employee", s.stream)
	}
	if err := b.record(s, e.Advance(b.world), cause{run: b.run.Run}); err != nil {
		return err
	}
	decided, notBilled, err := e.Invoice(b.world, b.run.Run, b.run.BusinessDate)
	if err != nil {
		return err
	}
	if err := b.record(s, decided, cause{run: b.run.Run}); err != nil {
		return err
	}
	if notBilled != nil {
		b.skip(s.stream, notBilled.Reason, notBilled.Detail)
		return nil
	}
	b.chunk.Billed++
	for _, d := range decided {
		if invoiced, ok := d.(events.EmployeeInvoiced); ok {
			b.sum(invoiced.Lines)
		}
	}
	return nil
}

func (b *runBatch) skip(stream, reason, detail string) {
	b.chunk.NotBilled++
	b.chunk.Reasons = append(b.chunk.Reasons, store.Reason{Stream: stream, Reason: reason, Detail: detail})
}

// sum adds lines to the totals of their documents.
func (b *runBatch) sum(lines []billing.Line) {
	b.lines += len(lines)
	for _, line := range lines {
		i, ok := b.totals[line.DocumentRef]
		if !ok {
			i = len(b.chunk.Totals)
			b.totals[line.DocumentRef] = i
			b.chunk.Totals = append(b.chunk.Totals, store.Total{
				Run: b.run.Run, Shard: b.owner.claim.Shard, DocumentRef: line.DocumentRef,
				Ledger: string(line.Ledger), BillTo: line.BillTo, Currency: line.Currency,
			})
		}
		total := &b.chunk.Totals[i]
		total.Lines++
		total.Amount = total.Amount.Add(line.Amount.Decimal())
		total.Hash = billing.CombineHashes(total.Hash, line.ID)
	}
}

// complete ends the run in this shard with its event, in the transaction of the last chunk.
func (b *runBatch) complete(ctx context.Context) error {
	stream := domain.Stream(domain.KindRunShard, domain.RunShardID(b.run.Run, int32(b.owner.claim.Shard)))
	known, err := b.owner.Store.Read(ctx, store.Read{Streams: []string{stream}})
	if err != nil {
		return err
	}
	row, ok := known.Subjects[stream]
	if !ok {
		return fmt.Errorf("worker: %s has no stream", stream)
	}
	s, err := b.add(stream, row)
	if err != nil {
		return err
	}
	first, last := b.run.FirstPos, b.run.LastPos
	if len(b.write.Events) > 0 {
		last = b.head()
		if first == 0 {
			first = b.owner.claim.Head + 1
		}
	}
	err = b.record(s, []events.Event{events.RunShardCompleted{
		Run: b.run.Run, Shard: int32(b.owner.claim.Shard), FirstPosition: first, LastPosition: last,
		Examined: b.run.Examined + b.chunk.Examined, Billed: b.run.Billed + b.chunk.Billed,
		NotBilled: b.run.NotBilled + b.chunk.NotBilled,
	}}, cause{run: b.run.Run})
	if err != nil {
		return err
	}
	return b.row(s)
}
