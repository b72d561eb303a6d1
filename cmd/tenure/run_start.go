package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

func (p *program) runStart() *cobra.Command {
	var f controlFlags
	var digest string
	var yes bool
	cmd := &cobra.Command{
		Use:   "start RUN",
		Short: "Start a planned run",
		Args:  cobra.ExactArgs(1),
		Long: "Starts the newest recorded plan of a run. Employees who changed since are billed as they are now, and\n" +
			"the report lists them. It is refused, with exit code 4, where too many have changed, where the plan\n" +
			"exceeds the bounds without an approval, and where it is older than a day without one. The processes that\n" +
			"drive runs (up, serve, run ensure) carry it out.",
		Example: "  tenure run start nightly/2026-11-01 --digest 5e8c0a9d1b2f --yes",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error {
			return p.start(ctx, s, driver, by, startRequest{args[0], digest, yes})
		}),
	}
	cmd.Flags().StringVar(&digest, "digest", "", "digest of the plan, or its first 12 characters or more")
	cmd.Flags().BoolVar(&yes, "yes", false, "carry it out")
	cmd.Flags().StringVar(&f.token, "token-file", "", "file with the operator's token ("+tokenVariable+")")
	cmd.Flags().DurationVar(&f.timeout, "timeout", answerTime, "how long to wait")
	_ = cmd.MarkFlagRequired("digest") // fails only for a flag that is not there
	return cmd
}

// startRequest is what an operator wants started.
type startRequest struct {
	run, digest string
	yes         bool
}

func (p *program) start(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, r startRequest) error {
	run, _, err := plannedRun(ctx, s, r.run, r.digest)
	if err != nil {
		return err
	}
	if run.Started != nil {
		p.say("%s has started already", r.run)
		return coded(exitNothing, errQuiet)
	}
	missing, err := runstate.Missing(ctx, s, driver.Clock.Now(), p.config.Policy.Zone())
	if err != nil {
		return err
	}
	if len(missing) == 0 || runstate.ID(missing[0]) != r.run { // a date that is passed over is never billed
		return coded(exitRefused, fmt.Errorf("%s is not the oldest missing run; see: tenure run ensure --dry-run", r.run))
	}
	changed, err := runs.Changed(ctx, s, run.Planned)
	if err != nil {
		return err
	}
	p.say("%d employees have changed since the plan, at most %d may", changed, run.Planned.ChangedMax)
	if !r.yes {
		return coded(exitUsage, errors.New("a run bills employees: use --yes to start it"))
	}
	return p.sendControl(ctx, s, driver, runs.Start(run, changed, by))
}
