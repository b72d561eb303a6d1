package runstate

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
)

// Result is what a run billed: the counts of its shards, and its totals per ledger, currency and shard. It also says
// whether the run may end.
func Result(ctx context.Context, s *store.Store, run *domain.Run) (domain.RunResult, error) {
	var r domain.RunResult
	if run.Started == nil { // the start may come before its end in the same batch: nothing of the run is in the tables yet
		r.NotReady = fmt.Sprintf("The run %s has not started", run.ID)
		return r, nil
	}
	shards, err := s.RunShards(ctx, run.ID)
	if err != nil {
		return r, err
	}
	if r.Previous, r.NotReady, err = previousEnd(ctx, s, run.ID); err != nil || r.NotReady != "" {
		return r, err
	}
	if run.Abandoned == "" && !Through(run, shards) {
		r.NotReady = fmt.Sprintf("The run %s is not through in every shard", run.ID)
		return r, nil
	}
	if Through(run, shards) { // else it was abandoned before it issued any document
		if err := countDocuments(ctx, s, run, &r); err != nil || r.NotReady != "" {
			return r, err
		}
	}
	if r.Anchors, err = anchors(ctx, s); err != nil {
		return r, err
	}
	return r, sums(ctx, s, run, shards, &r)
}

// anchors are the hashes of all shards' logs as they are now.
func anchors(ctx context.Context, s *store.Store) ([]events.ShardAnchor, error) {
	heads, err := s.Heads(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]events.ShardAnchor, 0, len(heads))
	for _, shard := range slices.Sorted(maps.Keys(heads)) {
		if h := heads[shard]; h.Head > 0 {
			all = append(all, events.ShardAnchor{Shard: int32(shard), Position: h.Head, Chain: hex.EncodeToString(h.Chain)})
		}
	}
	return all, nil
}

// NotStartable says why a run may not start yet; empty: it may. Nights follow each other, each upon how the one before
// it ended.
func NotStartable(ctx context.Context, s *store.Store, run string) (string, error) {
	_, why, err := previousEnd(ctx, s, run)
	return why, err
}

// previousEnd is the hash of how the run before another ended, or why there is none yet.
func previousEnd(ctx context.Context, s *store.Store, run string) (hash, notReady string, err error) {
	before, err := previous(ctx, s, run)
	switch {
	case err != nil || before == nil:
		return "", "", err
	case !before.Completed:
		return "", fmt.Sprintf("The run %s before it is not complete", before.ID), nil
	}
	return before.Hash, "", nil
}

// countDocuments counts the documents that a run has issued of those that it closes. An abandoned one may have left
// some.
func countDocuments(ctx context.Context, s *store.Store, run *domain.Run, r *domain.RunResult) error {
	closing, err := Closing(ctx, s, run)
	if err != nil {
		return err
	}
	own := map[billing.Ledger]int64{}
	for _, cycle := range closing {
		counts, err := s.CountDocuments(ctx, cycle, run.ID)
		if err != nil {
			return err
		}
		if missing := counts.All - counts.Issued; missing > 0 && run.Abandoned == "" {
			r.NotReady = fmt.Sprintf("%d documents of %s are not issued yet", missing, cycle)
			return nil
		}
		r.Documents += counts.Own
		for ledger, n := range counts.Ledgers {
			own[ledger] += n
		}
	}
	for _, ledger := range contract.Ledgers() {
		if own[ledger] > 0 {
			r.LedgerDocuments = append(r.LedgerDocuments, events.LedgerDocuments{Ledger: ledger, Documents: own[ledger]})
		}
	}
	return nil
}

// sums adds up what the shards and documents of a run have.
func sums(
	ctx context.Context, s *store.Store, run *domain.Run, shards []store.RunShard, r *domain.RunResult,
) error {
	policy, err := Policy(run)
	if err != nil {
		return err
	}
	totals, err := s.RunTotals(ctx, run.ID)
	if err != nil {
		return err
	}
	byShard := map[int32]*events.ShardTotals{}
	for _, s := range shards {
		r.Examined, r.Billed, r.NotBilled = r.Examined+s.Examined, r.Billed+s.Billed, r.NotBilled+s.NotBilled
		if s.Billed > 0 {
			byShard[int32(s.Shard)] = &events.ShardTotals{
				Shard: int32(s.Shard), FirstPosition: s.FirstPos, LastPosition: s.LastPos,
			}
		}
	}
	for _, t := range totals {
		shard, ok := byShard[int32(t.Shard)]
		if !ok {
			return fmt.Errorf("runstate: %s has totals in shard %d, which billed no employee", run.ID, t.Shard)
		}
		shard.Totals = append(shard.Totals, events.ControlTotal{
			Ledger: billing.Ledger(t.Ledger), Currency: t.Currency, Lines: t.Lines,
			Amount: events.NewMoney(t.Amount, policy.Decimals(t.Currency)), Hash: t.Hash,
		})
	}
	for _, shard := range slices.Sorted(maps.Keys(byShard)) {
		r.Shards = append(r.Shards, *byShard[shard])
	}
	r.Totals = domain.SumTotals(r.Shards)
	return nil
}

// Documents are what the lines of documents sum to that a run is to issue, by reference. It also says which may be
// issued.
func Documents(
	ctx context.Context, s *store.Store, id string, refs []string,
) (map[string]*domain.DocumentTotal, error) {
	all := make(map[string]*domain.DocumentTotal, len(refs))
	for _, ref := range refs {
		all[ref] = &domain.DocumentTotal{NotReady: "No line of a run has the reference " + ref}
	}
	run, err := Read(ctx, s, id)
	if err != nil {
		return nil, err
	}
	why, closing, err := closable(ctx, s, run)
	if err != nil {
		return nil, err
	}
	if why != "" {
		for _, d := range all {
			d.NotReady = why
		}
		return all, nil
	}
	policy, err := Policy(run)
	if err != nil {
		return nil, err
	}
	totals, err := s.DocumentTotals(ctx, refs)
	for _, t := range totals {
		d := &domain.DocumentTotal{
			Ledger: billing.Ledger(t.Ledger), BillTo: t.BillTo, Currency: t.Currency, Lines: t.Lines,
			Net: events.NewMoney(t.Amount, policy.Decimals(t.Currency)), Hash: t.Hash,
		}
		if t.ChargesKnown {
			charges := events.NewMoney(t.Charges, policy.Decimals(t.Currency))
			d.Charges = &charges
		}
		if !slices.Contains(closing, domain.CycleOf(t.DocumentRef)) {
			d.NotReady = fmt.Sprintf("The run %s does not close %s", id, t.DocumentRef)
		}
		all[t.DocumentRef] = d
	}
	return all, err
}

// closable says why a run cannot issue documents, or the cycles that it closes.
func closable(ctx context.Context, s *store.Store, run *domain.Run) (why string, closing []string, err error) {
	switch {
	case run.Started == nil:
		return fmt.Sprintf("The run %s has not started", run.ID), nil, nil
	case run.Abandoned != "":
		return fmt.Sprintf("The run %s is abandoned", run.ID), nil, nil
	}
	shards, err := s.RunShards(ctx, run.ID)
	if err != nil {
		return "", nil, err
	}
	if !Through(run, shards) {
		return fmt.Sprintf("The run %s is not through in every shard", run.ID), nil, nil
	}
	if _, why, err = previousEnd(ctx, s, run.ID); err != nil || why != "" {
		return why, nil, err
	}
	closing, err = Closing(ctx, s, run)
	return "", closing, err
}
