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

// close issues the documents that a run closes and, when all are there, ends it. By then no line of the cycle can be
// added: every shard is through, and later nights belong to the next cycle.
func (d *Driver) close(ctx context.Context, n *night) error {
	run := n.run
	policy, err := policyOf(run)
	if err != nil {
		return err
	}
	before, err := previous(ctx, d.Store, run)
	if err != nil {
		return err
	}
	closing, err := d.closing(ctx, run, before, policy)
	if err != nil {
		return err
	}
	issued := int64(0)
	for _, cycle := range closing {
		missing, count, err := d.documents(ctx, run.ID, cycle, policy)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return d.send(ctx, scheduler.Issue(run.ID, missing)...)
		}
		issued += count
	}
	return d.complete(ctx, n, before, issued)
}

// complete ends a run with what its tables say.
func (d *Driver) complete(ctx context.Context, n *night, before *domain.Run, documents int64) error {
	run := n.run
	policy, err := policyOf(run)
	if err != nil {
		return err
	}
	result, err := d.result(ctx, n, policy)
	if err != nil {
		return err
	}
	result.Documents = documents
	if before != nil {
		result.Previous = before.Hash
	}
	return d.send(ctx, scheduler.Complete(run.ID, result))
}

// closeAbandoned ends an abandoned run: its end says what it did, and nothing more is issued. Its other documents are
// closed by the run after it that comes to its end.
func (d *Driver) closeAbandoned(ctx context.Context, n *night) error {
	run := n.run
	before, err := previous(ctx, d.Store, run)
	if err != nil {
		return err
	}
	issued := int64(0)
	if through(run, n.shards) { // it was abandoned while it closed, which it began to do only then
		if issued, err = d.issuedBy(ctx, run, before); err != nil {
			return err
		}
	}
	return d.complete(ctx, n, before, issued)
}

// through reports whether every shard has worked through a run.
func through(run *domain.Run, shards []store.RunShard) bool {
	return len(shards) == len(run.Started.Shards) &&
		!slices.ContainsFunc(shards, func(s store.RunShard) bool { return s.State != store.RunDone })
}

func policyOf(run *domain.Run) (billing.Policy, error) {
	var policy billing.Policy
	if err := json.Unmarshal(run.Started.Policy, &policy); err != nil {
		return policy, fmt.Errorf("runs: policy of %s: %w", run.ID, err)
	}
	return policy, nil
}

// result is what run.completed says: counts, and totals per ledger, currency and shard.
func (d *Driver) result(ctx context.Context, n *night, p billing.Policy) (domain.CompleteRun, error) {
	var r domain.CompleteRun
	totals, err := d.Store.RunTotals(ctx, n.run.ID)
	if err != nil {
		return r, err
	}
	byShard := map[int32]*events.ShardTotals{}
	for _, s := range n.shards {
		r.Examined, r.Billed, r.NotBilled = r.Examined+s.Examined, r.Billed+s.Billed, r.NotBilled+s.NotBilled
		if s.Billed > 0 {
			byShard[int32(s.Shard)] = &events.ShardTotals{
				Shard:         int32(s.Shard),
				FirstPosition: s.FirstPos,
				LastPosition:  s.LastPos,
			}
		}
	}
	for _, t := range totals {
		shard, ok := byShard[int32(t.Shard)]
		if !ok {
			return r, fmt.Errorf("runs: %s has totals in shard %d, which billed nobody", n.run.ID, t.Shard)
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
