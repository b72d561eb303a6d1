package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/node"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/worker"
)

// planFlags are those of tenure run plan.
type planFlags struct {
	date, token, reasons string
	record               bool
	timeout              time.Duration
}

func (p *program) runPlan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Plan a run: compute what it would bill, without billing",
		Args:  cobra.NoArgs,
		Long: "Decides for every employee who is due by the date what the run would decide, with the same code, and\n" +
			"writes nothing. The digest is the same as long as the same would be billed. With --record the plan is\n" +
			"stored with its author, so that it can be approved and started. Exit code 4 when it is outside the\n" +
			"bounds, or the run is under way; 6 when it is completed.",
		Example: "  tenure run plan --data ./data\n  tenure run plan --date 2026-11-01 --reasons reasons.jsonl --output " +
			"json\n" +
			"  TENURE_TOKEN=… tenure run plan --record",
		RunE: p.onStoreWithin(
			&f.timeout,
			func(ctx context.Context, s *store.Store, _ []string) error { return p.plan(ctx, s, f) },
		),
	}
	cmd.Flags().StringVar(&f.date, "date", "", "business date (default: the oldest that is missing)")
	cmd.Flags().
		StringVar(&f.reasons, "reasons", "", "file for all employees who would not be billed although something may be "+
			"due, one JSON object a line")
	cmd.Flags().BoolVar(&f.record, "record", false, "store the plan, so that it can be approved and started")
	cmd.Flags().StringVar(&f.token, "token-file", "", "file with the operator's token ("+tokenVariable+")")
	cmd.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

func (p *program) plan(ctx context.Context, s *store.Store, f planFlags) error {
	driver, end, err := p.driver(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	now := driver.Clock.Now()
	missing, err := runstate.Missing(ctx, s, now, p.config.Policy.Zone())
	if err != nil {
		return err
	}
	date, err := dateArgument(f.date, missing, domain.Tonight(now, p.config.Policy.Zone()))
	if err != nil {
		return coded(exitUsage, fmt.Errorf("--date: %w", err))
	}
	computes := planner(driver)
	closeReasons, err := reasonsInto(f.reasons, computes)
	if err != nil {
		return err
	}
	if err := mayPlan(ctx, s, date, missing, f.record); err != nil {
		return errors.Join(err, closeReasons())
	}
	plan, err := computes.Plan(ctx, date)
	if err = errors.Join(err, closeReasons()); err != nil {
		return err
	}
	judged, err := driver.Judge(ctx, plan)
	if err != nil {
		return err
	}
	if f.record {
		if err := p.keepPlan(ctx, s, driver, judged, f.token); err != nil {
			return err
		}
	}
	if err := p.printPlan(plan, judged); err != nil {
		return err
	}
	return insideBounds(judged)
}

// insideBounds is the exit code of a plan outside its bounds.
func insideBounds(judged domain.PlanRun) error {
	if len(judged.Breaches) == 0 {
		return nil
	}
	return coded(exitRefused, fmt.Errorf(
		"the plan exceeds %d bounds: a run needs an approval by another ADMIN than planned it", len(judged.Breaches)))
}

// mayPlan refuses what cannot be planned, or recorded.
func mayPlan(ctx context.Context, s *store.Store, date billing.Date, missing []billing.Date, record bool) error {
	if err := notPlanned(ctx, s, date); err != nil || !record {
		return err
	}
	return mayStart(date, missing)
}

// planner computes plans for a driver's system.
func planner(d *runs.Driver) *worker.Planner {
	shards := func(context.Context) ([]int32, error) { return node.EmployeeShards(d.Publisher) }
	return &worker.Planner{Store: d.Store, Clock: d.Clock, Policy: d.Policy, Shards: shards, Publisher: d.Publisher,
		Log: d.Log}
}

// notPlanned refuses to plan a run that has begun: what it bills is not what a plan would say now.
func notPlanned(ctx context.Context, s *store.Store, date billing.Date) error {
	run, err := runstate.Read(ctx, s, runstate.ID(date))
	if err != nil || run.Started == nil {
		return err
	}
	if run.Completed {
		return coded(exitNothing, fmt.Errorf("%s is completed: there is nothing to plan; see: tenure run report %s", run.ID,
			run.ID))
	}
	return coded(exitRefused, fmt.Errorf("%s is under way; see: tenure run status %s", run.ID, run.ID))
}

// mayStart refuses to record the plan of a date that is passed over: no run of it ever starts, since a system begins
// with the night of its first run, and later nights begin in the order of their dates.
func mayStart(date billing.Date, missing []billing.Date) error {
	if len(missing) == 0 || date >= missing[0] {
		return nil
	}
	return coded(exitRefused, fmt.Errorf("%s never starts: the oldest missing run is %s; see: tenure run ensure --dry-run",
		runstate.ID(date), runstate.ID(missing[0])))
}

// reasonsInto writes each reason to a file as it is found.
func reasonsInto(name string, planner *worker.Planner) (end func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, coded(exitUsage, fmt.Errorf("--reasons: %w", err))
	}
	lines := json.NewEncoder(file)
	planner.OnReason = func(r store.Reason) error { return lines.Encode(reasonView(r)) }
	return file.Close, nil
}

// reasonView is why an employee is not billed, as it is printed.
type reasonView struct {
	Stream string `json:"stream"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

func (p *program) keepPlan(
	ctx context.Context,
	s *store.Store,
	driver *runs.Driver,
	judged domain.PlanRun,
	tokenFile string,
) error {
	by, err := p.issuer(ctx, s, tokenFile)
	if err != nil {
		return err
	}
	order, err := runs.Keep(judged, by)
	if err != nil {
		return err
	}
	return p.sendControl(ctx, s, driver, order)
}

// planPrinted is a plan as it is printed.
type planPrinted struct {
	Run            string                 `json:"run"`
	Date           string                 `json:"businessDate"`
	Digest         string                 `json:"digest"`
	CatalogVersion int64                  `json:"catalogVersion"`
	Heads          []events.ShardHead     `json:"heads"`
	Summary        events.PlanSummary     `json:"summary"`
	Products       []runstate.PlanProduct `json:"products"`
	Payers         []runstate.PlanPayer   `json:"payers"`
	PayersMore     int64                  `json:"payersMore"`
	NotBilled      []reasonView           `json:"notBilled"` // the first of them
	Breaches       []events.Breach        `json:"breaches"`
	ChangedMax     int64                  `json:"changedMax"`
}

func (p *program) printPlan(plan runstate.Plan, judged domain.PlanRun) error {
	v := planPrinted{
		Run:            plan.Run,
		Date:           plan.BusinessDate.String(),
		Digest:         plan.Digest,
		CatalogVersion: plan.CatalogVersion,
		Heads:          plan.Heads,
		Summary:        plan.Summary,
		Products:       plan.Products,
		Payers:         plan.Payers,
		PayersMore:     plan.PayersMore,
		NotBilled:      []reasonView{},
		Breaches:       judged.Breaches,
		ChangedMax:     judged.ChangedMax,
	}
	for _, r := range plan.NotBilled {
		v.NotBilled = append(v.NotBilled, reasonView(r))
	}
	if p.json {
		return p.printJSON(v)
	}
	p.writePlan(v)
	return nil
}

func (p *program) writePlan(v planPrinted) {
	t := table.New("RUN", ">EXAMINED", ">BILLED", ">NOT BILLED", ">DELETIONS", "DIGEST")
	t.Add(
		v.Run,
		count(v.Summary.Examined),
		count(v.Summary.Billed),
		count(v.Summary.NotBilled),
		count(v.Summary.Deletions),
		v.Digest,
	)
	t.Write(p.out, "")
	_, _ = fmt.Fprintln(p.out)
	t = table.New("LEDGER", "CURRENCY", "PRODUCT", ">LINES", ">AMOUNT")
	for _, total := range v.Summary.Totals {
		t.Add(string(total.Ledger), total.Currency, "", count(total.Lines), amountOf(total))
	}
	for _, product := range v.Products {
		t.Add(string(product.Ledger), product.Currency, product.Product, count(product.Lines), amountOf(product.PlanTotal))
	}
	t.Write(p.out, "")
	if len(v.Payers) > 0 {
		_, _ = fmt.Fprintln(p.out)
		t = table.New("PAYER", "LEDGER", "CURRENCY", ">LINES", ">AMOUNT")
		for _, payer := range v.Payers {
			t.Add(payer.BillTo, string(payer.Ledger), payer.Currency, count(payer.Lines), amountOf(payer.PlanTotal))
		}
		t.Write(p.out, "")
	}
	if v.PayersMore > 0 {
		_, _ = fmt.Fprintf(p.out, "and %d more\n", v.PayersMore)
	}
	reasons := map[string]int64{}
	for _, r := range v.Summary.Reasons {
		reasons[r.Reason] = r.Employees
	}
	p.writeReasons(reasons)
	if len(v.Breaches) > 0 {
		_, _ = fmt.Fprintln(p.out)
		breachTable(v.Breaches).Write(p.out, "")
	}
}

func amountOf(t events.PlanTotal) string { return t.Amount.StringFixed(int32(t.Amount.Decimals)) }
