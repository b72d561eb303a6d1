package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/scheduler"
)

// close issues the documents that a run closes and, when all are there, ends it. By then no line of the cycle can be added:
// every shard is through, and later nights belong to the next cycle.
func (d *Driver) close(ctx context.Context, run *domain.Run, shards []store.RunShard) error {
	var policy billing.Policy
	if err := json.Unmarshal(run.Started.Policy, &policy); err != nil {
		return fmt.Errorf("runs: policy of %s: %w", run.ID, err)
	}
	issued := int64(0)
	for _, cycle := range cycles(policy, run.Started.BusinessDate) {
		missing, count, err := d.documents(ctx, cycle, policy)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return d.send(ctx, scheduler.Issue(run.ID, missing)...)
		}
		issued += count
	}
	result, err := d.result(ctx, run, shards, policy)
	if err != nil {
		return err
	}
	result.Documents = issued
	return d.send(ctx, scheduler.Complete(run.ID, result))
}

// cycles are those that a run closes. The first of a month closes the month's also where each run has documents of its own:
// nights of that month may have been billed before the policy became so.
func cycles(p billing.Policy, asOf billing.Date) []string {
	if !domain.ClosesDocuments(p, asOf) {
		return nil
	}
	own := domain.DocumentCycle(p, asOf)
	p.DocumentCycle = billing.CycleMonthly
	if month := domain.DocumentCycle(p, asOf); month != own && domain.ClosesDocuments(p, asOf) {
		return []string{own, month}
	}
	return []string{own}
}

// documents finds those of a cycle that are not issued, and counts the others. It stops at the first page with
// missing ones: the next look goes on from there.
func (d *Driver) documents(ctx context.Context, cycle string, p billing.Policy) ([]scheduler.DocumentTotal, int64, error) {
	issued, after := int64(0), ""
	for {
		page, err := d.Store.CycleTotals(ctx, cycle, after, documentsPage)
		if err != nil || len(page) == 0 {
			return nil, issued, err
		}
		missing, err := d.missing(ctx, page, p)
		if err != nil || len(missing) > 0 {
			return missing, 0, err
		}
		issued += int64(len(page))
		after = page[len(page)-1].DocumentRef
	}
}

// missing lists the documents of a page that are not issued.
func (d *Driver) missing(ctx context.Context, page []store.Total, p billing.Policy) ([]scheduler.DocumentTotal, error) {
	streams := make([]string, len(page))
	for i, t := range page {
		streams[i] = domain.Stream(domain.KindDocument, t.DocumentRef)
	}
	known, err := d.Store.Read(ctx, store.Read{Streams: streams})
	if err != nil {
		return nil, err
	}
	var missing []scheduler.DocumentTotal
	for i, t := range page {
		if domain.IsIssued(known.Subjects[streams[i]].State) { // lines of an open document may have been acknowledged already
			continue
		}
		missing = append(missing, scheduler.DocumentTotal{
			Ref: t.DocumentRef, Ledger: billing.Ledger(t.Ledger), BillTo: t.BillTo, Currency: t.Currency, Lines: t.Lines,
			Net: events.NewMoney(t.Amount, p.Decimals(t.Currency)), Hash: t.Hash,
		})
	}
	return missing, nil
}

// result is what run.completed tells: counts, and totals per ledger, currency and shard.
func (d *Driver) result(ctx context.Context, run *domain.Run, shards []store.RunShard, p billing.Policy) (domain.CompleteRun, error) {
	var r domain.CompleteRun
	totals, err := d.Store.RunTotals(ctx, run.ID)
	if err != nil {
		return r, err
	}
	byShard := map[int32]*events.ShardTotals{}
	for _, s := range shards {
		r.Examined, r.Billed, r.NotBilled = r.Examined+s.Examined, r.Billed+s.Billed, r.NotBilled+s.NotBilled
		if s.Billed > 0 {
			byShard[int32(s.Shard)] = &events.ShardTotals{Shard: int32(s.Shard), FirstPosition: s.FirstPos, LastPosition: s.LastPos}
		}
	}
	for _, t := range totals {
		shard, ok := byShard[int32(t.Shard)]
		if !ok {
			return r, fmt.Errorf("runs: %s has totals in shard %d, which billed nobody", run.ID, t.Shard)
		}
		shard.Totals = append(shard.Totals, events.ControlTotal{
			Ledger: billing.Ledger(t.Ledger), Currency: t.Currency, Lines: t.Lines,
			Amount: events.NewMoney(t.Amount, p.Decimals(t.Currency)), Hash: t.Hash,
		})
	}
	for _, shard := range slices.Sorted(maps.Keys(byShard)) {
		r.Shards = append(r.Shards, *byShard[shard])
	}
	r.Totals = scheduler.Sum(r.Shards)
	return r, nil
}
