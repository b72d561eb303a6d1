package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

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
	cmd := &cobra.Command{
		Use: "run", Short: "The nightly runs: plan, start, watch, stop, compare",
		Long: "A run bills one night, once. It is planned first: the code of the run computes what it would bill, and writes nothing.\n" +
			"A plan inside the bounds (run-max-…, see: tenure help settings) starts by itself; one outside waits for an approval.",
	}
	cmd.AddCommand(p.runEnsure(), p.runPlan(), p.runApprove(), p.runStart(), p.runStatus(), p.runReport(), p.runHalt(), p.runResume())
	return cmd
}

func (p *program) runEnsure() *cobra.Command {
	var yes, dry bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "ensure", Short: "Have every night up to now run, and wait until they are complete", Args: cobra.NoArgs,
		Long: "Plans and starts the runs that are missing, the oldest night first, and drives them to their end with the workers that\n" +
			"are up. It may be called at any time and by any number at once: a run is unique by its date. Exit code 0 when a night\n" +
			"was completed, 4 when one is outside its bounds and waits for an approval, or is halted, 6 when there was nothing to do,\n" +
			"75 when it takes longer than --timeout.",
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
	return coded(exitUsage, fmt.Errorf("runs bill people: say --yes to start %d, or see what the first would bill: tenure run plan", len(missing)))
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
	watch := p.watch(s)
	defer watch.end()
	for worked := false; ; worked = true {
		status, err := driver.Ensure(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return coded(exitTryAgain, errors.New("the runs are not complete yet; see: tenure run status"))
		case err != nil:
			return err
		case status.Complete():
			watch.end()
			if err := p.printRun(ctx, s, status.Run); err != nil || worked {
				return err
			}
			return coded(exitNothing, errQuiet)
		case status.State == runs.StateWaiting || status.State == runs.StateHalted:
			watch.end()
			return p.standsStill(ctx, s, status)
		}
		watch.show(ctx, status.Run, status.Behind)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// standsStill tells for what a night waits, and ends with the exit code for that.
func (p *program) standsStill(ctx context.Context, s *store.Store, status runs.Status) error {
	if status.State == runs.StateHalted {
		halts, err := s.Halts(ctx)
		for _, h := range halts {
			p.say("%s is halted: %s", h.Scope, h.Reason)
		}
		return errors.Join(err, coded(exitRefused, fmt.Errorf("%s is halted; next: tenure run resume --reason TEXT", status.Run)))
	}
	if err := p.print(status.Breaches, breachTable(status.Breaches)); err != nil {
		return err
	}
	return coded(exitRefused, fmt.Errorf("%s exceeds its bounds and waits for an approval; next: tenure run report %s --compare; "+
		"tenure run approve %s --digest %.12s --reason TEXT --token-file FILE", status.Run, status.Run, status.Run, status.Plan))
}

// driver connects what drives runs; end disconnects it.
func (p *program) driver(ctx context.Context, s *store.Store) (driver *runs.Driver, end func(), err error) {
	kafka, lookup, err := p.lookup()
	if err != nil {
		return nil, nil, err
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
	driver = &runs.Driver{
		Store: s, Publisher: publisher, Clock: c, Policy: p.config.Policy, Shards: shards, Log: p.log,
		Bounds: runs.BoundsFor(c, p.config.Bounds), ExpectBy: p.config.ExpectBy,
	}
	return driver, func() { _ = publisher.Close() }, nil
}
