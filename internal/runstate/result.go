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
	if run.Started == nil { // the start may come before its end in the same batch, and is written first then
		m := notStarted(run)
		r.NotReady, r.Awaits = m.why, m.awaits
		return r, nil
	}
	shards, err := s.RunShards(ctx, run.ID)
	if err != nil {
		return r, err
	}
	var m missing
	if r.Previous, m, err = previousEnd(ctx, s, run.ID); err != nil || m.why != "" {
		r.NotReady, r.Awaits = m.why, m.awaits
		return r, err
	}
	if run.Abandoned == "" && !Through(run, shards) {
		m = notThrough(run)
		r.NotReady, r.Awaits = m.why, m.awaits
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

// Startable is whether a run may start, and why not. Nights follow each other, each upon how the one before it ended.
func Startable(ctx context.Context, s *store.Store, run string) (domain.RunResult, error) {
	_, m, err := previousEnd(ctx, s, run)
	return domain.RunResult{NotReady: m.why, Awaits: m.awaits}, err
}

// missing is what stands in the way of a step of a run, and the stream whose next event may clear it. Empty: nothing.
type missing struct{ why, awaits string }

func notStarted(run *domain.Run) missing {
	return missing{fmt.Sprintf("The run %s has not started", run.ID), domain.Stream(domain.KindRun, run.ID)}
}

func notThrough(run *domain.Run) missing {
	return missing{
		fmt.Sprintf("The run %s is not through in every shard", run.ID), domain.Stream(domain.KindRunShard, run.ID),
	}
}

// previousEnd is the hash of how the run before another ended, or why there is none yet.
func previousEnd(ctx context.Context, s *store.Store, run string) (hash string, m missing, err error) {
	before, err := previous(ctx, s, run)
	switch {
	case err != nil || before == nil:
		return "", m, err
	case !before.Completed:
		m.why = fmt.Sprintf("The run %s before it is not complete", before.ID)
		m.awaits = domain.Stream(domain.KindRun, before.ID)
		return "", m, nil
	}
	return before.Hash, m, nil
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
		if left := counts.All - counts.Issued; left > 0 && run.Abandoned == "" {
			r.NotReady = fmt.Sprintf("%d documents of %s are not issued yet", left, cycle)
			r.Awaits = domain.Stream(domain.KindDocument, cycle)
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
	m, closing, err := closable(ctx, s, run)
	if err != nil {
		return nil, err
	}
	if m.why != "" {
		for _, d := range all {
			d.NotReady, d.Awaits = m.why, m.awaits
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
func closable(ctx context.Context, s *store.Store, run *domain.Run) (m missing, closing []string, err error) {
	switch {
	case run.Started == nil:
		return notStarted(run), nil, nil
	case run.Abandoned != "":
		return missing{why: fmt.Sprintf("The run %s is abandoned", run.ID)}, nil, nil
	}
	shards, err := s.RunShards(ctx, run.ID)
	if err != nil {
		return m, nil, err
	}
	if !Through(run, shards) {
		return notThrough(run), nil, nil
	}
	if _, m, err = previousEnd(ctx, s, run.ID); err != nil || m.why != "" {
		return m, nil, err
	}
	closing, err = Closing(ctx, s, run)
	return m, closing, err
}
