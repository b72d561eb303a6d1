package runs

import (
	"context"
	"fmt"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/scheduler"
)

// reportPayersMax bounds the payers that a report names; their number and sums are reported for all.
const reportPayersMax = 100

// reportChangedMax bounds the employees that a report names as changed since the plan.
const reportChangedMax = 1_000

// Report is what a run did beside what was planned and what the last comparable run did.
type Report struct {
	Progress runstate.Progress
	Totals   []events.ControlTotal // by ledger and currency, as billed so far
	Products []store.Product
	Reasons  map[string]int64 // employees by why they were not billed
	Breaches []events.Breach  // what the bounds would refuse of it now
	Changed  []string         // streams of employees that changed between plan and start
	Compared *Comparison      // nil: nothing to compare it with, or not asked for
}

// Comparison is a run beside another.
type Comparison struct {
	With     events.RunCompleted
	Products []store.Product // of the other run
	Counts   []store.PayerCount
	Payers   []store.PayerChange // the largest differences
}

// ReportOf reads what a run did. The bounds are those of whoever asks.
func ReportOf(ctx context.Context, s *store.Store, id string, bounds scheduler.Bounds, compare bool) (Report, error) {
	var r Report
	var err error
	if r.Progress, err = ProgressOf(ctx, s, id); err != nil {
		return r, err
	}
	if r.Products, err = s.RunProducts(ctx, id); err != nil {
		return r, err
	}
	if r.Reasons, err = s.ReasonCounts(ctx, id); err != nil {
		return r, err
	}
	if err := r.readTotals(ctx, s); err != nil {
		return r, err
	}
	night, err := runstate.NightOf(id)
	if err != nil {
		return r, err
	}
	with, err := Comparable(ctx, s, night)
	if err != nil {
		return r, err
	}
	r.Breaches = bounds.Check(r.summary(), 0)
	if err := r.readChanged(ctx, s); err != nil {
		return r, err
	}
	if with == nil || !compare {
		return r, nil
	}
	r.Compared, err = compareWith(ctx, s, id, with.Run)
	return r, err
}

func (r *Report) readTotals(ctx context.Context, s *store.Store) (err error) {
	r.Totals, err = Totals(ctx, s, r.Progress.Run)
	return err
}

// Totals sums up what a run has billed so far, by ledger and currency; none before its start.
func Totals(ctx context.Context, s *store.Store, run *domain.Run) ([]events.ControlTotal, error) {
	if run.Started == nil {
		return nil, nil
	}
	policy, err := runstate.Policy(run)
	if err != nil {
		return nil, err
	}
	totals, err := s.RunTotals(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	one := make([]events.ShardTotals, len(totals))
	for i, t := range totals {
		one[i] = events.ShardTotals{Totals: []events.ControlTotal{{
			Ledger: billing.Ledger(t.Ledger), Currency: t.Currency, Lines: t.Lines,
			Amount: events.NewMoney(t.Amount, policy.Decimals(t.Currency)), Hash: t.Hash,
		}}}
	}
	return domain.SumTotals(one), nil
}

// summary is the run as a plan's: what it did where it has started, or what it would do.
func (r *Report) summary() events.PlanSummary {
	var s events.PlanSummary
	if planned := r.Progress.Run.Planned; planned != nil {
		s = planned.Summary
	}
	if r.Progress.Run.Started == nil {
		return s
	}
	s.Examined, s.Billed, s.NotBilled = r.Progress.Examined, r.Progress.Billed, r.Progress.NotBilled
	s.Held, s.Totals = 0, nil
	for reason, n := range r.Reasons {
		if reason != domain.ReasonNotDue {
			s.Held += n
		}
	}
	for _, t := range r.Totals {
		s.Totals = append(
			s.Totals,
			events.PlanTotal{Ledger: t.Ledger, Currency: t.Currency, Lines: t.Lines, Amount: t.Amount},
		)
	}
	return s
}

// readChanged names employees that changed between the plan and the moment in which the run was opened in their shard,
// or until now.
func (r *Report) readChanged(ctx context.Context, s *store.Store) error {
	run := r.Progress.Run
	if run.Planned == nil {
		return nil
	}
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	for _, head := range run.Planned.Heads {
		until := heads[store.ShardID(head.Shard)].Head
		opened, ok, err := history.First(ctx, s, domain.Stream(domain.KindRunShard, domain.RunShardID(run.ID, head.Shard)))
		if err != nil {
			return err
		}
		if ok {
			until = opened.Position
		}
		page, err := s.Changed(ctx, store.ShardID(head.Shard), head.Position, until, reportChangedMax-len(r.Changed))
		if err != nil {
			return err
		}
		r.Changed = append(r.Changed, page...)
	}
	return nil
}

// completed reads how a run ended.
func completed(ctx context.Context, s *store.Store, id string) (events.RunCompleted, error) {
	found, ok, err := history.Find[events.RunCompleted](ctx, s, domain.Stream(domain.KindRun, id))
	if err == nil && !ok {
		err = fmt.Errorf("runs: %s is not complete", id)
	}
	return found.Event, err
}

// compareWith puts a run beside another that is complete.
func compareWith(ctx context.Context, s *store.Store, id, other string) (*Comparison, error) {
	var c Comparison
	var err error
	if c.With, err = completed(ctx, s, other); err != nil {
		return nil, err
	}
	if c.Products, err = s.RunProducts(ctx, other); err != nil {
		return nil, err
	}
	if c.Counts, err = s.PayerCounts(ctx, id, other); err != nil {
		return nil, err
	}
	if c.Payers, err = s.PayerChanges(ctx, id, other, reportPayersMax); err != nil {
		return nil, err
	}
	return &c, nil
}

// reasonsPage is how many reasons are read in one round trip.
const reasonsPage = 5_000

// NotBilled calls visit with every employee that a run did not bill and the reason; due reports whether those with
// nothing due are among them. It stops at the first error of visit.
func NotBilled(ctx context.Context, s *store.Store, id string, due bool, visit func(store.Reason) error) error {
	except := domain.ReasonNotDue
	if due {
		except = ""
	}
	after := store.ReasonPage{Shard: -1}
	for {
		page, next, err := s.RunReasonsAfter(ctx, id, except, after, reasonsPage)
		if err != nil {
			return err
		}
		for _, reason := range page {
			if err := visit(reason); err != nil {
				return fmt.Errorf("runs: reasons of %s: %w", id, err)
			}
		}
		if len(page) < reasonsPage {
			return nil
		}
		after = next
	}
}
