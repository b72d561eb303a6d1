package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/scheduler"
)

func (p *program) runEnsure() *cobra.Command {
	var yes, dry bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "ensure",
		Short: "Run every business date up to now and wait until all are complete",
		Args:  cobra.NoArgs,
		Long: "Plans and starts missing runs, the oldest first, and drives them to their end with the running workers.\n" +
			"It may be called at any time and concurrently: a run is unique by its date. Exit code 0 when a run was\n" +
			"completed, 4 when one is outside its bounds and needs an approval, too much changed since its approved\n" +
			"plan, or it is halted, 6 when there was nothing to do, 75 when it takes longer than --timeout.",
		Example: "  tenure run ensure --data ./data --yes\n  tenure run ensure --dry-run --data ./data",
		RunE: p.onStoreWithin(&timeout, func(ctx context.Context, s *store.Store, _ []string) error {
			if dry || !yes {
				return p.runPreview(ctx, s, dry)
			}
			return p.ensure(ctx, s)
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "start the missing runs")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "list the missing runs")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

// runPreview lists missing runs without starting them.
func (p *program) runPreview(ctx context.Context, s *store.Store, dry bool) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	missing, err := runstate.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
	if err != nil {
		return err
	}
	t := table.New("MISSING RUN")
	names := make([]string, len(missing))
	for i, date := range missing {
		names[i] = date.String()
		t.Add(names[i])
	}
	if err := p.print(names, t); err != nil || dry {
		return err
	}
	if len(missing) == 0 {
		return coded(exitNothing, errQuiet)
	}
	return coded(
		exitUsage,
		fmt.Errorf(
			"runs bill employees: use --yes to start %d, or see what the first would bill: tenure run plan",
			len(missing),
		),
	)
}

// statesBlocked are the states of a run that only an operator ends.
var statesBlocked = []string{runstate.StateWaiting, runstate.StateChanged, runstate.StateHalted}

// ensure drives runs until every date up to now is complete.
func (p *program) ensure(ctx context.Context, s *store.Store) error {
	driver, end, err := p.driver(ctx, s)
	if err != nil {
		return err
	}
	defer end()
	ticker := time.NewTicker(runPollInterval)
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
		case slices.Contains(statesBlocked, status.State):
			watch.end()
			return p.blocked(ctx, s, status)
		}
		watch.show(ctx, status.Run, status.Behind)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

// blocked prints why a run is blocked, and returns an error with its exit code.
func (p *program) blocked(ctx context.Context, s *store.Store, status runs.Status) error {
	next := p.nextOf(ctx, s, status)
	switch status.State {
	case runstate.StateHalted:
		halts, err := s.Halts(ctx)
		for _, h := range halts {
			p.say("%s is halted: %s", h.Scope, h.Reason)
		}
		return errors.Join(err, coded(exitRefused, fmt.Errorf("%s is halted; next: %s", status.Run, next)))
	case runstate.StateChanged:
		return coded(exitRefused, fmt.Errorf("%s is approved, but too many employees changed since its plan; next: %s",
			status.Run, next))
	}
	if err := p.print(status.Breaches, breachTable(status.Breaches)); err != nil {
		return err
	}
	return coded(exitRefused, fmt.Errorf("%s exceeds its bounds and needs an approval; next: %s", status.Run, next))
}

// nextOf returns the command lines for an operator on whom a run waits.
func (p *program) nextOf(ctx context.Context, s *store.Store, status runs.Status) string {
	switch status.State {
	case runstate.StateHalted:
		return "tenure run resume --reason TEXT --token-file FILE"
	case runstate.StateChanged:
		return "tenure run plan --record, then tenure run approve " + status.Run
	}
	return fmt.Sprintf("tenure run report %s --compare; tenure run approve %s --digest %.12s%s --reason TEXT "+
		"--token-file FILE", status.Run, status.Run, status.Plan, p.alsoMissed(ctx, s, status))
}

// alsoMissed is the flag that covers the missed nights behind a late one with the same approval; empty: it is not late,
// or the only one.
func (p *program) alsoMissed(ctx context.Context, s *store.Store, status runs.Status) string {
	late := slices.ContainsFunc(status.Breaches, func(b events.Breach) bool {
		return b.Bound == scheduler.BoundDaysBehind
	})
	c, err := clock.Follow(ctx, s)
	if !late || status.Behind < 2 || err != nil {
		return ""
	}
	return fmt.Sprintf(" --through %s", domain.Tonight(c.Now(), p.config.Policy.Zone()))
}
