package worker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// planShardsMax is how many shards are planned at once: the workers decide commands meanwhile, and two shards keep two
// cores busy.
const planShardsMax = 2

// Planner computes what a run would do: page by page the very decisions of its chunks, of which nothing is written. Its
// fields are set once.
type Planner struct {
	Store  *store.Store
	Clock  clock.Clock
	Policy billing.Policy // counts only until a worker has published its own
	// Shards are the employees' shards: every partition of employee.commands.
	Shards func(ctx context.Context) ([]int32, error)
	// Publisher tells where the partitions of the shards end; nil: a run is opened in all of them.
	Publisher *bus.Publisher
	Log       *slog.Logger
	// OnReason is called with each employee who would not be billed although something may be due, in no order and never
	// twice at once; nil: not called.
	OnReason func(store.Reason) error
	// PageEmployees is how many employees are decided at a time; 0 means as many as a chunk has.
	PageEmployees int
	// Catalog is the process's; nil: the planner has its own.
	Catalog *catalog.Reader

	catalogOnce sync.Once
}

// catalogs is one reader for all plans: a new one would read the whole catalogue each night.
func (p *Planner) catalogs() *catalog.Reader {
	p.catalogOnce.Do(func() {
		if p.Catalog == nil {
			p.Catalog = catalog.New(p.Store, p.Log)
		}
	})
	return p.Catalog
}

// worker decides as the workers do.
func (p *Planner) worker() *Worker {
	return &Worker{Store: p.Store, Clock: p.Clock, Policy: p.Policy, Log: p.Log, Observer: Quiet{}, Catalog: p.catalogs()}
}

// planning is one plan while it is computed.
type planning struct {
	*Planner
	worker *Worker
	run    openRun
	known  store.Known
	tally  *tally
	shards []int32
	heads  map[store.ShardID]store.Head
	work   map[store.ShardID]store.Work
}

// FixedShards are the shards of a system whose topics do not grow while it is used.
func FixedShards(shards []int32) func(context.Context) ([]int32, error) {
	return func(context.Context) ([]int32, error) { return shards, nil }
}

// Plan computes the plan of a business date. Commands that are decided meanwhile are in it or not; those behind Heads
// are what has changed since.
func (p *Planner) Plan(ctx context.Context, date billing.Date) (runstate.Plan, error) {
	w, err := p.begin(ctx, date)
	if err != nil {
		return runstate.Plan{}, fmt.Errorf("worker: plan of %s: %w", date, err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(planShardsMax, runtime.GOMAXPROCS(0)))
	for _, shard := range w.shards {
		group.Go(func() error { return w.shard(ctx, store.ShardID(shard)) })
	}
	if err := group.Wait(); err != nil {
		return runstate.Plan{}, fmt.Errorf("worker: plan of %s: %w", date, err)
	}
	return w.result(), nil
}

// begin reads what holds for all shards: the heads first, so that whatever is decided from now on counts as changed.
func (p *Planner) begin(ctx context.Context, date billing.Date) (*planning, error) {
	shards, err := p.Shards(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := p.Store.Heads(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := p.policy(ctx)
	if err != nil {
		return nil, err
	}
	known, err := p.Store.Read(ctx, store.Read{})
	if err != nil {
		return nil, err
	}
	w := p.worker()
	w.Policy = policy
	catalog, err := w.latest(ctx, known)
	if err != nil {
		return nil, err
	}
	policy = catalog.PolicyAt(p.Clock.Now(), policy)
	forecast, err := p.forecast(ctx, w, catalog, policy)
	if err != nil {
		return nil, err
	}
	work, err := p.Store.WorkOf(ctx, date, domain.Midnight(date+1, policy.Zone()))
	if err != nil {
		return nil, err
	}
	return &planning{
		Planner: p, worker: w, shards: shards, heads: heads, work: work, known: known, tally: newTally(policy, p.OnReason),
		run: openRun{
			RunShard: store.RunShard{Run: domain.RunID(domain.RunNightly, date), BusinessDate: date},
			policy:   policy, catalog: catalog, plan: true, forecast: forecast,
		},
	}, nil
}

// forecast is what held in the last run; nil where that is what holds now, or there was none. Commands since then have
// moved the states of employees, and the forecast with them: a plan differs from it by what was done to catalogue and
// policy.
func (p *Planner) forecast(
	ctx context.Context, w *Worker, now *domain.Catalog, holds billing.Policy,
) (*held, error) {
	last, err := runstate.Last(ctx, p.Store)
	if err != nil || last == nil {
		return nil, err
	}
	policy, err := runstate.Policy(last)
	if err != nil {
		return nil, err
	}
	was, err := json.Marshal(policy)
	if err != nil {
		return nil, err
	}
	is, err := json.Marshal(holds)
	if err != nil || last.Started.CatalogVersion == now.Version && bytes.Equal(was, is) {
		return nil, err
	}
	then := &held{run: last.ID}
	if then.policy, err = policy.Ready(); err != nil {
		return nil, err
	}
	version, err := store.ParsePlace(last.Started.CatalogVersion, last.Started.CatalogChain)
	if err != nil {
		return nil, err
	}
	then.catalog, err = w.at(ctx, version)
	return then, err
}

// policy is the workers' own.
func (p *Planner) policy(ctx context.Context) (billing.Policy, error) {
	raw, err := p.Store.Policy(ctx)
	if err != nil || raw == nil {
		return p.Policy, err
	}
	var policy billing.Policy
	if err := json.Unmarshal(raw, &policy); err != nil {
		return policy, fmt.Errorf("worker: the policy of the workers: %w", err)
	}
	return policy.Ready()
}

// shard plans one shard, of which most have nothing to plan on most nights.
func (p *planning) shard(ctx context.Context, shard store.ShardID) error {
	head, work := p.heads[shard], p.work[shard]
	o := &owner{Worker: p.worker, claim: store.Claim{Shard: shard, Head: head.Head, DecidedAt: head.DecidedAt}}
	if work.Bills {
		if err := p.bill(ctx, o); err != nil {
			return err
		}
	}
	if work.Acts {
		return p.deletions(ctx, o)
	}
	return nil
}

// bill decides on whom the run finds in a shard.
func (p *planning) bill(ctx context.Context, o *owner) error {
	shard, run := o.claim.Shard, p.run
	run.Shard = shard
	size := cmp.Or(p.PageEmployees, chunkEmployeesMax)
	for ctx.Err() == nil {
		page, err := p.Store.BillDue(ctx, shard, run.BusinessDate, run.CursorDue, run.CursorStream, size)
		if err != nil {
			return err
		}
		b, err := o.bill(ctx, &run, chunkPart{rows: page, failed: map[string]string{}}, p.known)
		if err != nil {
			return err
		}
		if err := p.tally.page(b); err != nil {
			return err
		}
		if store.LastBillDue(page, size) {
			return nil
		}
		last := page[len(page)-1]
		run.CursorDue, run.CursorStream = last.BillDue, last.Stream
	}
	return ctx.Err()
}

// deletions counts the employees of a shard whose deletion begins by the end of the business date.
func (p *planning) deletions(ctx context.Context, o *owner) error {
	end := domain.Midnight(p.run.BusinessDate+1, p.run.policy.Zone())
	var after passed
	for ctx.Err() == nil {
		page, err := p.Store.DueAfter(ctx, o.claim.Shard, end, after.due, after.stream, tickSubjectsMax)
		if err != nil {
			return err
		}
		var leaving []string
		for _, row := range page {
			state, err := subjectOf(row.Stream, row, domain.ReadState)
			if err != nil {
				continue // the tick parks whom it cannot read
			}
			if e, ok := state.(*domain.Employee); ok && e.DeletesBy(end) {
				leaving = append(leaving, row.Stream)
			}
		}
		p.tally.deletions(leaving)
		if len(page) < tickSubjectsMax {
			return nil
		}
		last := page[len(page)-1]
		after = passed{last.NextDue, last.Stream}
	}
	return ctx.Err()
}

// result is the plan of all shards.
func (p *planning) result() runstate.Plan {
	raw, err := json.Marshal(p.run.policy)
	if err != nil {
		panic(fmt.Sprintf("worker: a policy that cannot be written: %v", err)) // it is texts, numbers and lists of them
	}
	plan := runstate.Plan{
		Run:            p.run.Run,
		Kind:           domain.RunNightly,
		BusinessDate:   p.run.BusinessDate,
		CatalogVersion: p.run.catalog.Version,
		CatalogChain:   hex.EncodeToString(p.run.catalog.Chain),
		Policy:         raw,
		Summary:        p.summary(),
		Products:       p.tally.products(),
		NotBilled:      p.tally.sample,
	}
	plan.Payers, plan.PayersMore = p.tally.payers()
	plan.Digest = p.tally.digest(plan)
	for _, shard := range p.shards {
		plan.Heads = append(plan.Heads, events.ShardHead{
			Shard: shard, Position: p.heads[store.ShardID(shard)].Head, Examined: p.tally.examined[store.ShardID(shard)],
		})
	}
	return plan
}

// summary is what the plan's event keeps.
func (p *planning) summary() events.PlanSummary {
	s := p.tally.summary()
	if p.run.forecast != nil {
		s.Forecast = &events.PlanForecast{
			Run: p.run.forecast.run, Billed: p.tally.expectedBilled, Totals: p.tally.totals(p.tally.expected),
		}
	}
	return s
}
