package main

import (
	"context"
	"fmt"
	"time"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/table"
)

// heldShown bounds the employees that a status names: the report has all of them.
const heldShown = 100

// runView is a run as it is printed.
type runView struct {
	Run       string           `json:"run"`
	State     string           `json:"state"`
	Date      string           `json:"businessDate"`
	Shards    int              `json:"shards"`
	Done      int              `json:"shardsDone"`
	Examined  int64            `json:"examined"`
	Expected  int64            `json:"expected,omitempty"` // employees that the plan examined
	Billed    int64            `json:"billed"`
	NotBilled int64            `json:"notBilled"`
	PerSecond int64            `json:"employeesPerSecond,omitempty"`
	Left      string           `json:"timeLeft,omitempty"`
	Totals    []runTotal       `json:"totals"`
	Reasons   map[string]int64 `json:"reasons"`
	// employees whose billing needs an operator, with the reason; the first of them
	Held      map[string]string `json:"held,omitempty"`
	Plan      *runPlanView      `json:"plan,omitempty"`
	Abandoned string            `json:"abandoned,omitempty"` // why
	Halted    []haltView        `json:"halted,omitempty"`
	Refused   []string          `json:"refused,omitempty"` // steps of the run, and why
	PerShard  []shardView       `json:"perShard,omitempty"`
}

type runTotal struct {
	Ledger   string `json:"ledger"`
	Currency string `json:"currency"`
	Lines    int64  `json:"lines"`
	Amount   string `json:"amount"`
}

// runPlanView is the newest plan of a run with its approval.
type runPlanView struct {
	Digest   string          `json:"digest"`
	At       time.Time       `json:"plannedAt"`
	By       string          `json:"plannedBy"`
	Approved bool            `json:"approved"`
	Breaches []events.Breach `json:"breaches,omitempty"`
	Changed  int64           `json:"changedSince,omitempty"` // employees, when it started
}

type haltView struct {
	Scope  string    `json:"scope"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

type shardView struct {
	Shard    int32  `json:"shard"`
	State    string `json:"state"`
	Examined int64  `json:"examined"`
	Expected int64  `json:"expected,omitempty"`
}

// printRun shows a run.
func (p *program) printRun(ctx context.Context, s *store.Store, id string) error {
	progress, err := runs.ProgressOf(ctx, s, id)
	if err != nil {
		return err
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	v := viewRun(progress, c.Now())
	totals, err := runs.Totals(ctx, s, progress.Run)
	if err != nil {
		return err
	}
	v.Totals = viewTotals(totals)
	if v.Reasons, err = s.ReasonCounts(ctx, id); err != nil {
		return err
	}
	held, _, err := s.RunReasonsAfter(ctx, id, domain.ReasonNotDue, store.ReasonPage{Shard: -1}, heldShown)
	if err != nil {
		return err
	}
	for _, reason := range held {
		v.Held[reason.Stream] = reason.Reason + ": " + reason.Detail
	}
	if p.json {
		return p.printJSON(v)
	}
	p.writeRun(v)
	return nil
}

// viewRun is the state of a run without what it billed.
func viewRun(progress runstate.Progress, now time.Time) runView {
	run := progress.Run
	v := runView{
		Run: run.ID, State: progress.State, Shards: len(progress.Shards), Done: progress.Done, Examined: progress.Examined,
		Expected: progress.Expected, Billed: progress.Billed, NotBilled: progress.NotBilled, Held: map[string]string{},
		Abandoned: run.Abandoned, Refused: progress.Refused,
	}
	if date, err := runstate.NightOf(run.ID); err == nil {
		v.Date = date.String()
	}
	rate, left := progress.Rate(now)
	if v.PerSecond = rate; left > 0 {
		v.Left = left.String()
	}
	if plan := run.Planned; plan != nil {
		v.Plan = &runPlanView{
			Digest:   plan.Digest,
			At:       plan.PlannedAt,
			By:       runs.PlannerOf(plan),
			Approved: run.Approved == plan.Digest,
			Breaches: plan.Breaches,
		}
		if run.Started != nil {
			v.Plan.Changed = run.Started.Changed
		}
	}
	for _, h := range progress.Halts {
		v.Halted = append(v.Halted, haltView(haltOf(h)))
	}
	for _, shard := range progress.Shards {
		v.PerShard = append(
			v.PerShard,
			shardView{Shard: shard.Shard, State: shard.State, Examined: shard.Examined, Expected: shard.Expected},
		)
	}
	return v
}

func haltOf(h store.Halt) haltView { return haltView{Scope: h.Scope, Reason: h.Reason, At: h.At} }

// viewTotals are the totals of ledgers and currencies.
func viewTotals(totals []events.ControlTotal) []runTotal {
	all := make([]runTotal, len(totals))
	for i, t := range totals {
		all[i] = runTotal{string(t.Ledger), t.Currency, t.Lines, t.Amount.StringFixed(int32(t.Amount.Decimals))}
	}
	return all
}

func (p *program) writeRun(v runView) {
	t := table.New("RUN", "STATE", ">SHARDS", ">EXAMINED", ">BILLED", ">NOT BILLED")
	t.Add(v.Run, v.State, fmt.Sprintf("%d/%d", v.Done, v.Shards), count(v.Examined), count(v.Billed), count(v.NotBilled))
	t.Write(p.out, "")
	p.writeControl(v)
	_, _ = fmt.Fprintln(p.out)
	t = table.New("LEDGER", "CURRENCY", ">LINES", ">AMOUNT")
	for _, total := range v.Totals {
		t.Add(total.Ledger, total.Currency, count(total.Lines), total.Amount)
	}
	t.Write(p.out, "")
	p.writeReasons(v.Reasons)
	if len(v.Held) > 0 {
		_, _ = fmt.Fprintln(p.out)
		t = table.New("EMPLOYEE", "REASON")
		for _, stream := range sortedKeys(v.Held) {
			t.Add(stream, v.Held[stream])
		}
		t.Write(p.out, "")
	}
}

// writeControl prints what an operator needs to continue.
func (p *program) writeControl(v runView) {
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(p.out, format+"\n", args...) }
	if v.PerSecond > 0 {
		line("%d employees a second, %d of about %d examined%s", v.PerSecond, v.Examined, v.Expected, leftNote(v.Left))
	}
	if plan := v.Plan; plan != nil {
		digest := plan.Digest[:min(len(plan.Digest), digestMin)] + " "
		if v.State == runstate.StateCompleted {
			digest = "" // it is no longer needed in a command
		}
		line("plan %sof %s by %s%s", digest, plan.At.Format(time.RFC3339), plan.By, approvedNote(plan))
	}
	if v.Plan != nil && v.State != runstate.StateCompleted && len(v.Plan.Breaches) > 0 {
		breachTable(v.Plan.Breaches).Write(p.out, "")
	}
	if v.Abandoned != "" {
		line("abandoned: %s", v.Abandoned)
	}
	for _, h := range v.Halted {
		line("%s is halted since %s: %s", h.Scope, h.At.Format(time.RFC3339), h.Reason)
	}
	for _, refused := range v.Refused {
		line("refused: %s", refused)
	}
}

func leftNote(left string) string {
	if left == "" {
		return ""
	}
	return ", " + left + " left"
}

func approvedNote(plan *runPlanView) string {
	switch {
	case plan.Approved:
		return ", approved"
	case len(plan.Breaches) > 0:
		return ", needs an approval"
	}
	return ", inside the bounds"
}

func (p *program) writeReasons(reasons map[string]int64) {
	if len(reasons) == 0 {
		return
	}
	_, _ = fmt.Fprintln(p.out)
	t := table.New("NOT BILLED BECAUSE", ">EMPLOYEES")
	for _, reason := range sortedKeys(reasons) {
		t.Add(reason, count(reasons[reason]))
	}
	t.Write(p.out, "")
}

func breachTable(breaches []events.Breach) *table.Table {
	t := table.New("BOUND", "LIMIT", "FOUND")
	for _, b := range breaches {
		t.Add(b.Bound, b.Limit, b.Found)
	}
	return t
}

// dateArgument reads a date, or returns the oldest missing one where there is none.
func dateArgument(text string, missing []billing.Date, tonight billing.Date) (billing.Date, error) {
	if text != "" {
		return billing.ParseDate(text)
	}
	if len(missing) > 0 {
		return missing[0], nil
	}
	return tonight, nil
}
