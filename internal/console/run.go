package console

import (
	"context"
	"html/template"
	"net/http"
	"sort"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/projections"
)

// runPage is one run: plan beside what the last comparable run did, bounds, progress, and the decision.
type runPage struct {
	ID, State  string
	Shape      status.Shape
	Heading    string
	Progress   runstate.Progress
	Plan       *events.RunPlanned
	Planner    string
	MayApprove string // empty: the caller may; else why not
	Approved   bool
	Missed     []string // nights that one approval can cover, and the last of them
	Through    string
	Waits      bool
	Open       bool // it is neither completed nor abandoned
	Halted     bool
	Changed    string // employees since the plan
	Rows       []planRow
	Products   []productRow
	Reasons    []reasonRow
	MoreHeld   bool   // there are more than are counted
	Behind     behind // whom the plan bills most
	Compared   string // run that the plan is compared with
	Documents  []documentRow
	Shards     []shardRow
	Bounds     []runBound
	Meter      template.HTML
	Rate, Left string
	before     decimal.Decimal
	MainChange string // of Main against the comparable run
	Main       string // planned amount of the CUSTOMER ledger, with its currency
}

// planRow is a ledger and currency: what the comparable run billed, what is planned, what was billed.
type planRow struct {
	Ledger, Currency      string
	Before, Plan, Billed  string
	LinesBefore, LinesNow int64
	Change                string

	was decimal.Decimal // Before
}

// productRow is what is billed of a product, with its name.
type productRow struct {
	store.Product
	Name string
}

type reasonRow struct {
	Reason string
	Count  int64
}

type shardRow struct {
	runstate.ShardProgress
	Meter      template.HTML
	Rate, Left string // employees a second, and how long the rest takes; empty: not known
}

const (
	heldShown      = 50
	documentsShown = 50
)

func (h *console) run(w http.ResponseWriter, r *request) error {
	id := r.PathValue("run")
	if _, err := runstate.NightOf(id); err != nil {
		return errNotFound
	}
	run, err := runstate.Read(r.Context(), h.Store, id)
	if err != nil {
		return err
	}
	if run.Planned == nil && run.Started == nil {
		return errNotFound
	}
	p, err := h.readRun(r.Context(), id, r)
	if err != nil {
		return err
	}
	return h.show(w, r, view{Name: "run", Title: p.Heading, Refresh: p.Open, Content: p})
}

func (h *console) readRun(ctx context.Context, id string, r *request) (*runPage, error) {
	progress, err := runs.ProgressOf(ctx, h.Store, id)
	if err != nil {
		return nil, err
	}
	run := progress.Run
	p := &runPage{
		ID: id, State: progress.State, Progress: progress, Plan: run.Planned,
		Open: !run.Completed && run.Abandoned == "", Halted: progress.State == runstate.StateHalted,
		Waits: progress.State == runstate.StateWaiting,
	}
	p.Shape, p.Heading = shapeOf(progress.State), id+" "+wordsOf(progress.State)
	if plan := run.Planned; plan != nil {
		p.Planner, p.Approved = author(plan), run.Approved == plan.Digest
		p.MayApprove = h.mayApprove(plan, r)
		p.Missed, p.Through = h.missed(plan)
		if p.Open && run.Started == nil {
			if p.Changed, err = h.changed(ctx, plan); err != nil {
				return nil, err
			}
		}
	}
	if err := h.readFigures(ctx, p, r); err != nil {
		return nil, err
	}
	for _, s := range progress.Shards {
		row := shardRow{ShardProgress: s, Meter: meter(s.Examined, max(s.Expected, s.Examined))}
		if rate, left := progress.ShardRate(s, h.Now()); rate > 0 {
			row.Rate, row.Left = status.Count(rate), status.Duration(left)
		}
		p.Shards = append(p.Shards, row)
	}
	p.Bounds = h.boundsOf(run.Planned)
	p.Meter = meter(progress.Examined, max(progress.Expected, progress.Examined))
	if rate, left := progress.Rate(h.Now()); rate > 0 {
		p.Rate, p.Left = status.Count(rate), status.Duration(left)
	}
	return p, nil
}

// runBound is a bound in force beside what the plan has of it.
type runBound struct {
	boundLimit
	Found string // where the plan exceeds it
}

// boundsOf lists all bounds: those that a plan exceeds with what was found, under the limit that it was compared with.
func (h *console) boundsOf(plan *events.RunPlanned) (all []runBound) {
	for _, limit := range h.bounds() {
		one := runBound{boundLimit: limit}
		if plan != nil {
			for _, breach := range plan.Breaches {
				if breach.Bound == limit.Name {
					one.Value, one.Found = breach.Limit, breach.Found
				}
			}
		}
		all = append(all, one)
	}
	return all
}

// changed words how many employees changed since a plan: all that time and commands did is not counted.
func (h *console) changed(ctx context.Context, plan *events.RunPlanned) (string, error) {
	shards, positions := make([]int32, len(plan.Heads)), make([]int64, len(plan.Heads))
	for i, head := range plan.Heads {
		shards[i], positions[i] = head.Shard, head.Position
	}
	n, more, err := h.Store.ChangedSome(ctx, shards, positions)
	if more {
		return "at least " + status.Count(n), err
	}
	return status.Count(n), err
}

// readFigures reads what the plan and the run come to, and the employees behind it.
func (h *console) readFigures(ctx context.Context, p *runPage, r *request) error {
	products, err := h.Store.RunProducts(ctx, p.ID)
	if err != nil {
		return err
	}
	for _, one := range products {
		p.Products = append(p.Products, productRow{one, r.productName(one.Product)})
	}
	if err := h.compareRun(ctx, p); err != nil {
		return err
	}
	if p.Plan != nil {
		if p.Behind, err = h.behindPlan(ctx, p.Plan, p.Compared); err != nil {
			return err
		}
		p.Behind.weigh(p.before, p.Plan)
	}
	held, more, err := h.Store.HeldCounts(ctx, p.ID)
	if err != nil {
		return err
	}
	p.MoreHeld = more
	p.reasons(held)
	documents, err := projections.DocumentsOfRun(ctx, h.Store, p.ID, "", documentsShown)
	p.Documents = named(documents, r)
	return err
}

func (p *runPage) reasons(by map[string]int64) {
	for reason, n := range by {
		p.Reasons = append(p.Reasons, reasonRow{reason, n})
	}
	sort.Slice(p.Reasons, func(i, j int) bool { return p.Reasons[i].Reason < p.Reasons[j].Reason })
}

// mayApprove says why the caller may not approve: whoever planned may not, by four eyes. The domain decides again.
func (h *console) mayApprove(plan *events.RunPlanned, r *request) string {
	mark := runs.MarkOf(r.session.Token)
	if plan.Person && (plan.PlannedBy == mark || r.who.Employee != "" && plan.PlannedBy == r.who.Employee) {
		return "You recorded this plan. Another ADMIN must approve it."
	}
	return ""
}

// author names who made a plan.
func author(plan *events.RunPlanned) string {
	by := runs.PlannerOf(plan)
	if by == runs.AutomaticPlanner {
		by += " (scheduler)"
	}
	return by
}

// shapeOf is the symbol of a state of runs.
func shapeOf(state string) status.Shape { shape, _ := status.RunWords(state); return shape }

func wordsOf(state string) string { _, words := status.RunWords(state); return words }

// compareRun puts the plan, what was billed, and the last comparable run side by side.
func (h *console) compareRun(ctx context.Context, p *runPage) error {
	date, err := runstate.NightOf(p.ID)
	if err != nil {
		return err
	}
	with, err := runs.Comparable(ctx, h.Store, date)
	if err != nil {
		return err
	}
	rows := comparedRows{}
	if with != nil {
		p.Compared = with.Run
		rows.before(with.Totals)
	}
	if p.Plan != nil {
		p.Main = rows.planned(p.Plan.Summary.Totals, h.Policy.Currency)
		if total, single := customersTotal(p.Plan); single {
			one := rows.of(billing.Customer, total.Currency)
			p.before, p.MainChange = one.was, one.Change
		}
	}
	rows.billed(p.Products)
	for _, one := range rows {
		p.Rows = append(p.Rows, *one)
	}
	sort.Slice(p.Rows, func(i, j int) bool { return ledgerOrder(p.Rows[i]) < ledgerOrder(p.Rows[j]) })
	return nil
}
