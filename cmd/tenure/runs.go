package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/clock"
	"tenure/internal/node"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/internal/table"
)

// runPollEvery is how often a run that is waited for is looked at.
const runPollEvery = 200 * time.Millisecond

func (p *program) runs() *cobra.Command {
	cmd := &cobra.Command{Use: "run", Short: "The nightly runs"}
	cmd.AddCommand(p.runEnsure(), p.runStatus())
	return cmd
}

func (p *program) runEnsure() *cobra.Command {
	var yes, dry bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "ensure", Short: "Have every night up to now run, and wait until they are complete", Args: cobra.NoArgs,
		Long: "Starts the runs that are missing, the oldest night first, and drives them to their end with the workers that are\n" +
			"up. It may be called at any time and by any number at once: a run is unique by its date. Exit code 0 when a night\n" +
			"was completed, 6 when there was nothing to do, 75 when it takes longer than --timeout.",
		Example: "  tenure run ensure --data ./data --yes\n  tenure run ensure --dry-run --data ./data",
		RunE: p.onStoreWithin(&timeout, func(ctx context.Context, s *store.Store, _ []string) error {
			if dry || !yes {
				return p.runPreview(ctx, s, dry)
			}
			return p.ensure(ctx, s)
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "start what is missing")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would run")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

// runPreview tells which nights are missing, without starting them.
func (p *program) runPreview(ctx context.Context, s *store.Store, dry bool) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	missing, err := runs.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
	if err != nil {
		return err
	}
	t := table.New("MISSING NIGHT")
	names := make([]string, len(missing))
	for i, night := range missing {
		names[i] = night.String()
		t.Add(names[i])
	}
	if err := p.print(names, t); err != nil || dry {
		return err
	}
	if len(missing) == 0 {
		return coded(exitNothing, errQuiet)
	}
	return coded(exitUsage, fmt.Errorf("runs bill people: say --yes to start %d", len(missing)))
}

// ensure drives until every night up to now is complete.
func (p *program) ensure(ctx context.Context, s *store.Store) error {
	driver, end, err := p.driver(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	ticker := time.NewTicker(runPollEvery)
	defer ticker.Stop()
	for worked := false; ; worked = true {
		status, err := driver.Ensure(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return coded(exitTryAgain, errors.New("the runs are not complete yet; see: tenure run status"))
		case err != nil:
			return err
		case status.Complete():
			if err := p.printRun(ctx, s, status.Run); err != nil || worked {
				return err
			}
			return coded(exitNothing, errQuiet)
		}
		p.say("%s: %s, %d of %d shards, %d employees examined, %d nights behind", status.Run, status.State, status.Done, status.Shards, status.Examined, status.Behind)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// driver connects what drives runs; end disconnects it.
func (p *program) driver(ctx context.Context, s *store.Store) (driver *runs.Driver, end func(), err error) {
	kafka, err := p.kafka()
	if err != nil {
		return nil, nil, err
	}
	lookup, err := bus.NewLookup(kafka)
	if err != nil {
		return nil, nil, coded(exitTryAgain, err)
	}
	defer lookup.Close()
	shards, err := node.EmployeeShards(ctx, lookup)
	if err != nil {
		return nil, nil, err
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	publisher, err := bus.NewPublisher(kafka)
	if err != nil {
		return nil, nil, coded(exitTryAgain, err)
	}
	driver = &runs.Driver{Store: s, Publisher: publisher, Clock: c, Policy: p.config.Policy, Shards: shards, Log: p.log}
	return driver, func() { _ = publisher.Close() }, nil
}

func (p *program) runStatus() *cobra.Command {
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "status [RUN]", Short: "How far a run is: the last one, or one such as nightly/2026-11-01", Args: cobra.MaximumNArgs(1),
		Long: "Shows how far a run is in its shards, what it billed, and why people were not billed. With --wait it follows the\n" +
			"run until every night up to now is complete.",
		Example: "  tenure run status --data ./data\n  tenure run status nightly/2026-11-01 --output json",
		RunE: p.onStoreWithin(&timeout, func(ctx context.Context, s *store.Store, args []string) error {
			if wait {
				if err := p.followRuns(ctx, s); err != nil {
					return err
				}
			}
			if len(args) == 1 {
				return p.printRun(ctx, s, args[0])
			}
			last, err := runs.Last(ctx, s)
			if err != nil {
				return err
			}
			if last == nil {
				p.say("no run yet")
				return coded(exitNothing, errQuiet)
			}
			return p.printRun(ctx, s, last.ID)
		}),
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "follow until all nights are complete")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

// followRuns waits, with progress on stderr, until somebody has completed all nights.
func (p *program) followRuns(ctx context.Context, s *store.Store) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(runPollEvery)
	defer ticker.Stop()
	told := ""
	for {
		missing, err := runs.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
		if err == nil && len(missing) == 0 {
			return nil
		}
		if err == nil {
			if now := fmt.Sprintf("%d nights are not complete, the oldest %s", len(missing), missing[0]); now != told {
				p.say("%s", now)
				told = now
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return coded(exitTryAgain, errors.Join(errors.New("the runs are not complete yet"), err))
		}
	}
}

// runReport is a run as it is printed.
type runReport struct {
	Run       string            `json:"run"`
	State     string            `json:"state"`
	Date      string            `json:"businessDate"`
	Shards    int               `json:"shards"`
	Done      int               `json:"shardsDone"`
	Examined  int64             `json:"examined"`
	Billed    int64             `json:"billed"`
	NotBilled int64             `json:"notBilled"`
	Totals    []runTotal        `json:"totals"`
	Reasons   map[string]int    `json:"reasons"`
	Held      map[string]string `json:"held,omitempty"` // employees whose billing needs somebody, with the reason
}

type runTotal struct {
	Ledger   string `json:"ledger"`
	Currency string `json:"currency"`
	Lines    int64  `json:"lines"`
	Amount   string `json:"amount"`
}

// reasonsMax bounds the people that are read to count why they were not billed.
const reasonsMax = 10_000

// readRun gives the state of a run.
func readRun(ctx context.Context, s *store.Store, id string) (domain.Run, error) {
	run := domain.Run{ID: id}
	row, ok, err := s.Subject(ctx, domain.Stream(domain.KindRun, id))
	if err != nil {
		return run, err
	}
	if !ok {
		return run, fmt.Errorf("there is no run %s", id)
	}
	if err := json.Unmarshal(row.State, &run); err != nil {
		return run, fmt.Errorf("state of %s: %w", id, err)
	}
	return run, nil
}

func (p *program) printRun(ctx context.Context, s *store.Store, id string) error {
	run, err := readRun(ctx, s, id)
	if err != nil {
		return err
	}
	r := runReport{Run: id, State: "running", Date: run.Started.BusinessDate.String(), Shards: len(run.Started.Shards), Reasons: map[string]int{}, Held: map[string]string{}}
	if run.Completed {
		r.State = "completed"
	}
	shards, err := s.RunShards(ctx, id)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		r.Examined, r.Billed, r.NotBilled = r.Examined+shard.Examined, r.Billed+shard.Billed, r.NotBilled+shard.NotBilled
		if shard.State == store.RunDone {
			r.Done++
		}
	}
	if err := r.readTotals(ctx, s); err != nil {
		return err
	}
	if err := r.readReasons(ctx, s); err != nil {
		return err
	}
	if p.json {
		return p.printJSON(r)
	}
	p.writeRun(r)
	return nil
}

// readTotals adds the totals of ledgers and currencies.
func (r *runReport) readTotals(ctx context.Context, s *store.Store) error {
	totals, err := s.RunTotals(ctx, r.Run)
	if err != nil {
		return err
	}
	r.Totals = []runTotal{}
	for i := 0; i < len(totals); {
		one, sum := runTotal{Ledger: totals[i].Ledger, Currency: totals[i].Currency}, totals[i].Amount.Sub(totals[i].Amount)
		for ; i < len(totals) && totals[i].Ledger == one.Ledger && totals[i].Currency == one.Currency; i++ {
			one.Lines += totals[i].Lines
			sum = sum.Add(totals[i].Amount)
		}
		one.Amount = sum.StringFixed(max(2, -sum.Exponent()))
		r.Totals = append(r.Totals, one)
	}
	return nil
}

// readReasons counts why employees were not billed, and names those who need somebody.
func (r *runReport) readReasons(ctx context.Context, s *store.Store) error {
	reasons, err := s.RunReasons(ctx, r.Run, reasonsMax)
	if err != nil {
		return err
	}
	for _, reason := range reasons {
		r.Reasons[reason.Reason]++
		if reason.Reason != domain.ReasonNotDue {
			r.Held[reason.Stream] = reason.Reason + ": " + reason.Detail
		}
	}
	return nil
}

func (p *program) writeRun(r runReport) {
	t := table.New("RUN", "STATE", ">SHARDS", ">EXAMINED", ">BILLED", ">NOT BILLED")
	t.Add(r.Run, r.State, fmt.Sprintf("%d/%d", r.Done, r.Shards), count(r.Examined), count(r.Billed), count(r.NotBilled))
	t.Write(p.out, "")
	_, _ = fmt.Fprintln(p.out)
	t = table.New("LEDGER", "CURRENCY", ">LINES", ">AMOUNT")
	for _, total := range r.Totals {
		t.Add(total.Ledger, total.Currency, count(total.Lines), total.Amount)
	}
	t.Write(p.out, "")
	if len(r.Reasons) == 0 {
		return
	}
	_, _ = fmt.Fprintln(p.out)
	t = table.New("NOT BILLED BECAUSE", ">EMPLOYEES")
	for _, reason := range sortedKeys(r.Reasons) {
		t.Add(reason, strconv.Itoa(r.Reasons[reason]))
	}
	t.Write(p.out, "")
	if len(r.Held) > 0 {
		_, _ = fmt.Fprintln(p.out)
		t = table.New("WHO", "WHY")
		for _, stream := range sortedKeys(r.Held) {
			t.Add(stream, r.Held[stream])
		}
		t.Write(p.out, "")
	}
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
