package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/clock"
	"tenure/internal/config"
	"tenure/internal/runs"
	"tenure/internal/store"
	"tenure/scheduler"
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
		Use: "status [RUN]", Short: "How far a run is: the last one, or one such as nightly/2026-11-01", Args: cobra.MaximumNArgs(1),
		Long: "Shows how far a run is in its shards, its plan and approval, what is halted, what it billed, and why people were not\n" +
			"billed. With --wait it follows the run until every night up to now is complete. With --expect-by HH:MM, a local time,\n" +
			"the exit code is 5 when tonight's run is not complete by then, for whoever watches that nothing stands still.",
		Example: "  tenure run status --data ./data\n  tenure run status nightly/2026-11-01 --output json\n  tenure run status --expect-by 04:00",
		RunE: p.onStoreWithin(&f.timeout, func(ctx context.Context, s *store.Store, args []string) error {
			return p.status(ctx, s, f, args)
		}),
	}
	cmd.Flags().BoolVar(&f.wait, "wait", false, "follow until all nights are complete")
	cmd.Flags().StringVar(&f.expectBy, "expect-by", "", "exit with 5 when tonight's run is not complete by this local time, hh:mm")
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
	return late
}

// runNamed is the run of the arguments, or the one under way or planned, or the last one; empty: there is none.
func (p *program) runNamed(ctx context.Context, s *store.Store, args []string) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return "", err
	}
	missing, err := runs.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
	if err != nil {
		return "", err
	}
	if len(missing) > 0 {
		next, err := runs.Read(ctx, s, runs.ID(missing[0]))
		if err != nil || next.Planned != nil || next.Started != nil {
			return next.ID, err
		}
	}
	last, err := runs.Last(ctx, s)
	if last == nil || err != nil {
		return "", err
	}
	return last.ID, nil
}

// late is the error of a night that is not complete by its hour; none where no hour is asked for.
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
	complete, err := runs.CompleteUpTo(ctx, s)
	if err != nil {
		return nil, err
	}
	now, zone := c.Now(), p.config.Policy.Zone()
	if !scheduler.Overdue(complete, now, zone, by) {
		return nil, nil
	}
	upTo := "none is"
	if complete != 0 {
		upTo = "the last that is: " + complete.String()
	}
	return coded(exitMismatch, fmt.Errorf("on %s at %s the run that was to be complete by %s is not; %s; next: tenure run report",
		billing.DateOf(now, zone), now.In(zone).Format("15:04"), hour, upTo)), nil
}

// waitsForNobody is an error with its exit code when a night waits for a person, whom nobody can wait for.
func (p *program) waitsForNobody(ctx context.Context, s *store.Store, night billing.Date) error {
	status, err := runs.Blocked(ctx, s, night)
	if err != nil || status.State == "" {
		return err
	}
	return p.standsStill(ctx, s, status)
}

// followRuns waits, with progress on stderr, until somebody has completed all nights, or a night waits for a person.
func (p *program) followRuns(ctx context.Context, s *store.Store) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	ticker := time.NewTicker(runPollEvery)
	defer ticker.Stop()
	watch := p.watch(s)
	defer watch.end()
	for {
		missing, err := runs.Missing(ctx, s, c.Now(), p.config.Policy.Zone())
		if err == nil && len(missing) == 0 {
			return nil
		}
		if err == nil {
			watch.show(ctx, runs.ID(missing[0]), len(missing))
			err = p.waitsForNobody(ctx, s, missing[0])
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
