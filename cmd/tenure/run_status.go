package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/domain"
	"tenure/internal/clock"
	"tenure/internal/config"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// statusFlags are those of tenure run status.
type statusFlags struct {
	wait     bool
	expectBy string
	timeout  time.Duration
}

func (p *program) runStatus() *cobra.Command {
	var f statusFlags
	cmd := &cobra.Command{
		Use:   "status [RUN]",
		Short: "Show the progress of a run: the last one, or one such as nightly/2026-11-01",
		Args:  cobra.MaximumNArgs(1),
		Long: "Shows the progress of a run in its shards, its plan and approval, halts, what it billed, and why\n" +
			"employees were not billed. With --wait it follows the run until every date up to now is complete; the\n" +
			"exit code is 4 when one is halted, needs an approval, or another plan because too much changed. With\n" +
			"--expect-by HH:MM, a local time, the exit code is 5 when tonight's run is not complete by then, for\n" +
			"monitoring.",
		Example: "  tenure run status --data ./data\n  tenure run status nightly/2026-11-01 --output json\n  tenure run " +
			"status --expect-by 04:00",
		RunE: p.onStoreWithin(&f.timeout, func(ctx context.Context, s *store.Store, args []string) error {
			return p.status(ctx, s, f, args)
		}),
	}
	cmd.Flags().BoolVar(&f.wait, "wait", false, "follow until all runs are complete")
	cmd.Flags().
		StringVar(&f.expectBy, "expect-by", "", "exit with 5 when tonight's run is not complete by this local time, hh:mm")
	cmd.Flags().DurationVar(&f.timeout, "timeout", time.Hour, "how long to wait")
	return cmd
}

func (p *program) status(ctx context.Context, s *store.Store, f statusFlags, args []string) error {
	if f.wait {
		if err := p.followRuns(ctx, s); err != nil {
			return err
		}
	}
	late, err := p.late(ctx, s, f.expectBy)
	if err != nil {
		return err
	}
	id, err := p.runNamed(ctx, s, args)
	if err != nil {
		return err
	}
	if id == "" {
		p.say("no run yet")
		if late != nil {
			return late
		}
		return coded(exitNothing, errQuiet)
	}
	if err := p.printRun(ctx, s, id); err != nil {
		return err
	}
	return errors.Join(p.sayNext(ctx, s, id), late)
}

// sayNext names the command for an operator on whom a run waits.
func (p *program) sayNext(ctx context.Context, s *store.Store, id string) error {
	date, err := runstate.NightOf(id)
	if err != nil {
		return err
	}
	status, err := runs.Blocked(ctx, s, date)
	if err == nil && status.State != "" {
		p.say("next: %s", p.nextOf(ctx, s, status))
	}
	return err
}

// late is the error of a run that is not complete by its hour; none where no hour is given.
func (p *program) late(ctx context.Context, s *store.Store, hour string) (late, err error) {
	if hour == "" {
		return nil, nil
	}
	by, err := config.ParseHour(hour)
	if err != nil {
		return nil, coded(exitUsage, fmt.Errorf("--expect-by: %w", err))
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return nil, err
	}
	complete, err := runstate.CompleteUpTo(ctx, s)
	if err != nil {
		return nil, err
	}
	now, zone := c.Now(), p.config.Policy.Zone()
	if !domain.Overdue(complete, now, zone, by) {
		return nil, nil
	}
	upTo := "none is"
	if complete != 0 {
		upTo = "the last that is: " + complete.String()
	}
	return coded(
		exitMismatch,
		fmt.Errorf("on %s at %s the run that was to be complete by %s is not; %s; next: tenure run report",
			billing.DateOf(now, zone), now.In(zone).Format("15:04"), hour, upTo),
	), nil
}

// needsOperator is an error with its exit code when a run needs an operator.
func (p *program) needsOperator(ctx context.Context, s *store.Store, date billing.Date) error {
	status, err := runs.Blocked(ctx, s, date)
	if err != nil || status.State == "" {
		return err
	}
	return p.blocked(ctx, s, status)
}

// followRuns waits, with progress on stderr, until all runs are complete or one needs an operator.
func (p *program) followRuns(ctx context.Context, s *store.Store) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(runPollInterval)
	defer ticker.Stop()
	watch := p.watch(s)
	defer watch.end()
	for {
		missing, err := runstate.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
		if err == nil && len(missing) == 0 {
			return nil
		}
		if err == nil {
			watch.show(ctx, runstate.ID(missing[0]), len(missing))
			err = p.needsOperator(ctx, s, missing[0])
		}
		if own := (*codedError)(nil); errors.As(err, &own) {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return coded(exitTryAgain, errors.Join(errors.New("the runs are not complete yet; see: tenure run status"), err))
		}
	}
}
