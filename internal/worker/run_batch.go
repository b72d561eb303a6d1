package worker

import (
	"context"
	"fmt"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// notBilledFailed says that billing an employee brought out a fault of the program or a refusal of the database; the
// employee is parked.
const notBilledFailed = "FAILED"

// reasonParked says that an employee's commands wait for an operator, so that what it owes is not known.
const reasonParked = "PARKED"

// runBatch is a batch of one chunk: decisions with the run's policy and catalogue. A plan makes the same batches and
// throws them away.
type runBatch struct {
	*batch
	run      *openRun
	latest   *domain.Catalog // by which time acts: what was put into it since the run pinned its own is there
	chunk    *store.Chunk
	totals   map[string]int     // index into chunk.Totals by document
	products map[productKey]int // index into chunk.Products
	invoiced [][]billing.Line   // of each employee, where a plan needs them
	expected [][]billing.Line   // of each employee by the forecast, where a plan has one
	lines    int
}

// productKey tells products of a chunk apart.
type productKey struct {
	ledger            billing.Ledger
	currency, product string
}

func (o *owner) newRunBatch(run *openRun, latest *domain.Catalog, halted store.Known) *runBatch {
	b := o.newBatch(halted, run.catalog, o.now())
	b.world.Policy, b.asOf = run.catalog.PolicyOn(run.BusinessDate, run.policy), run.BusinessDate
	b.write.CatalogVersion = anyCatalog // the run has pinned its own
	b.discarded = run.plan
	return &runBatch{
		batch:    b,
		run:      run,
		latest:   latest,
		chunk:    &store.Chunk{Run: run.Run},
		totals:   map[string]int{},
		products: map[productKey]int{},
	}
}

// bill decides on a part of a page. An employee whose decision fails joins the failed ones, and the others are billed
// again without it.
func (o *owner) bill(ctx context.Context, run *openRun, part chunkPart, known store.Known) (b *runBatch, err error) {
	latest, err := o.latest(ctx, known)
	if err != nil {
		return nil, err
	}
	err = isolate(len(part.rows), func() (int, error) {
		b = o.newRunBatch(run, latest, known)
		return b.decideEach(
			len(part.rows),
			func(i int) error { return b.bill(part.rows[i], part.failed[part.rows[i].Stream]) },
		)
	}, func(failed int, err error) {
		stream := part.rows[failed].Stream
		o.Log.Error("worker: billing failed on an employee, whom a run parks", "shard", o.claim.Shard, "run", run.Run,
			"stream", stream, "error", err)
		part.failed[stream] = err.Error()
	})
	return b, err
}

// bill takes one employee through the run.
func (b *runBatch) bill(row store.Subject, failure string) error {
	b.chunk.Examined++
	switch {
	case failure != "":
		b.parkFailed(row, failure)
		b.skip(row.Stream, notBilledFailed, failure)
		return nil
	case row.Parked: // and left as it is: with another due day this run would meet it again
		b.skip(row.Stream, reasonParked, "a command of the employee is parked")
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
	return b.invoice(s, e)
}

// invoice lets time act on an employee, then bills it.
func (b *runBatch) invoice(s *subject, e *domain.Employee) error {
	now := b.world
	now.Catalog = b.latest
	if err := b.record(s, e.Advance(now), cause{run: b.run.Run}); err != nil {
		return err
	}
	decided, notBilled, err := e.Invoice(b.world, b.run.Run, b.run.BusinessDate)
	if err != nil {
		return err
	}
	if b.run.forecast != nil {
		b.forecast(e, decided)
	}
	if notBilled != nil && b.newer(e, notBilled) {
		b.skip(s.stream, domain.ReasonNotDue, "newer than the catalogue of the run: the next run bills it")
		return nil
	}
	lines := linesOf(decided)
	if err := b.take(s, decided, lines); err != nil {
		return err
	}
	switch {
	case notBilled != nil && len(lines) == 0:
		b.skip(s.stream, notBilled.Reason, notBilled.Detail)
		return nil
	case notBilled != nil: // a review, which the report lists beside the lines
		b.chunk.Reasons = append(b.chunk.Reasons, store.Reason{Stream: s.stream, Reason: notBilled.Reason,
			Detail: notBilled.Detail})
	}
	b.chunk.Billed++
	b.sum(lines)
	return nil
}

// take records what the run decided on an employee. Of a plan nothing reads the state behind it: that a day is covered
// twice is all that could still be refused.
func (b *runBatch) take(s *subject, decided []events.Event, lines []billing.Line) error {
	if b.run.plan {
		return s.row.Bill(lines)
	}
	return b.record(s, decided, cause{run: b.run.Run})
}

// linesOf are the lines of what was decided; most often those of one event, as they are there.
func linesOf(decided []events.Event) (lines []billing.Line) {
	for _, d := range decided {
		switch invoiced, ok := d.(events.EmployeeInvoiced); {
		case !ok:
		case lines == nil:
			lines = slices.Clip(invoiced.Lines)
		default:
			lines = append(lines, invoiced.Lines...)
		}
	}
	return lines
}

// forecast keeps what would be billed to an employee by the catalogue and policy of the last run. One that is held by
// those, since what it has is newer, is expected to be billed as it is.
func (b *runBatch) forecast(e *domain.Employee, decided []events.Event) {
	then := b.world
	then.Catalog, then.Policy = b.run.forecast.catalog, b.run.forecast.policy
	expected, notBilled, err := e.Invoice(then, b.run.Run, b.run.BusinessDate)
	if err != nil || notBilled != nil && notBilled.Reason != domain.ReasonNotDue {
		expected = decided
	}
	for _, event := range expected {
		if invoiced, ok := event.(events.EmployeeInvoiced); ok && len(invoiced.Lines) > 0 {
			b.expected = append(b.expected, invoiced.Lines)
		}
	}
}

// newer reports whether an employee is held only because it is newer than the catalogue that the run has pinned: a
// product that was put there after the plan. The next run bills it; a hold would be published for nothing.
func (b *runBatch) newer(e *domain.Employee, why *domain.NotBilled) bool {
	if b.latest.Version <= b.run.catalog.Version || why.Reason == domain.ReasonNotDue {
		return false
	}
	now := b.world
	now.Catalog = b.latest
	_, latest, err := e.Invoice(now, b.run.Run, b.run.BusinessDate)
	return err == nil && (latest == nil || latest.Reason != why.Reason)
}

func (b *runBatch) skip(stream, reason, detail string) {
	b.chunk.NotBilled++
	b.chunk.Reasons = append(b.chunk.Reasons, store.Reason{Stream: stream, Reason: reason, Detail: detail})
}

// sum adds an employee's lines to the totals of their documents and products.
func (b *runBatch) sum(lines []billing.Line) {
	b.lines += len(lines)
	if b.run.plan {
		b.invoiced = append(b.invoiced, lines)
	}
	for i := range lines {
		line := &lines[i]
		total := b.total(line)
		total.Lines++
		total.Amount = total.Amount.Add(line.Amount.Decimal())
		if line.Kind == billing.Charge {
			total.Charges = total.Charges.Add(line.Amount.Decimal())
		}
		total.Hash = billing.CombineHashes(total.Hash, line.ID)
		product := b.product(line)
		product.Lines++
		product.Amount = product.Amount.Add(line.Amount.Decimal())
	}
}

func (b *runBatch) total(line *billing.Line) *store.Total {
	i, ok := b.totals[line.DocumentRef]
	if !ok {
		i = len(b.chunk.Totals)
		b.totals[line.DocumentRef] = i
		b.chunk.Totals = append(b.chunk.Totals, store.Total{
			Run: b.run.Run, Shard: b.owner.claim.Shard, DocumentRef: line.DocumentRef,
			Ledger: string(line.Ledger), BillTo: line.BillTo, Currency: line.Currency,
		})
	}
	return &b.chunk.Totals[i]
}

func (b *runBatch) product(line *billing.Line) *store.Product {
	key := productKey{line.Ledger, line.Currency, line.Product}
	i, ok := b.products[key]
	if !ok {
		i = len(b.chunk.Products)
		b.products[key] = i
		b.chunk.Products = append(
			b.chunk.Products,
			store.Product{Ledger: string(key.ledger), Currency: key.currency, Product: key.product},
		)
	}
	return &b.chunk.Products[i]
}

// complete ends the run in this shard with its event, in the transaction of the last chunk.
func (b *runBatch) complete(ctx context.Context) error {
	stream := domain.Stream(domain.KindRunShard, domain.RunShardID(b.run.Run, int32(b.owner.claim.Shard)))
	known, err := b.owner.known(ctx, store.Read{Shard: b.owner.claim.Shard, Streams: []string{stream}})
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
