package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/store"
)

// controlTimeout is how long an order of an operator may take.
const controlTimeout = time.Minute

// personFlags are those of every order that a person gives about runs.
type personFlags struct {
	reason, token string
	timeout       time.Duration
}

// person adds the flags of an order with a reason.
func person(cmd *cobra.Command, f *personFlags) {
	cmd.Flags().StringVar(&f.reason, "reason", "", "why; kept with the order")
	cmd.Flags().StringVar(&f.token, "token-file", "", "file with the token of who orders it ("+tokenVariable+")")
	cmd.Flags().DurationVar(&f.timeout, "timeout", controlTimeout, "how long to wait")
	_ = cmd.MarkFlagRequired("reason") // fails only for a flag that is not there
}

// onRuns connects what an order about runs needs.
func (p *program) onRuns(f *personFlags, work func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error) func(*cobra.Command, []string) error {
	return p.onStoreWithin(&f.timeout, func(ctx context.Context, s *store.Store, args []string) error {
		by, err := p.who(ctx, s, f.token)
		if err != nil {
			return err
		}
		driver, end, err := p.driver(ctx, s)
		if err != nil {
			return err
		}
		defer end()
		return work(ctx, s, driver, by, args)
	})
}

func (p *program) runApprove() *cobra.Command {
	var f personFlags
	var digest string
	cmd := &cobra.Command{
		Use: "approve RUN", Short: "Let a run start although its plan exceeds the bounds", Args: cobra.ExactArgs(1),
		Long: "Approves the newest plan of a run, by another ADMIN than planned it; what Tenure planned by itself, any ADMIN approves.\n" +
			"The digest says that it is this plan you have looked at; its first 12 characters are enough. The run starts by itself\n" +
			"then. Exit code 4 when the approval is refused.",
		Example: "  tenure run approve nightly/2026-11-01 --digest 5e8c0a9d1b2f --reason \"new customer, seen\" --token-file ./token",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error {
			run, full, err := plannedRun(ctx, s, args[0], digest)
			if err != nil {
				return err
			}
			return p.command(ctx, s, driver, runs.Approve(run.ID, full, f.reason, by))
		}),
	}
	cmd.Flags().StringVar(&digest, "digest", "", "digest of the plan, or its first 12 characters or more")
	person(cmd, &f)
	_ = cmd.MarkFlagRequired("digest") // fails only for a flag that is not there
	return cmd
}

// digestMin is how many characters of a digest are enough to say which is meant.
const digestMin = 12

// plannedRun finds a run by its plan. The digest may be the beginning of the newest plan's.
func plannedRun(ctx context.Context, s *store.Store, id, digest string) (*domain.Run, string, error) {
	run, err := runs.Read(ctx, s, id)
	switch {
	case err != nil:
		return nil, "", err
	case run.Planned == nil:
		return nil, "", fmt.Errorf("%s has no plan; next: tenure run plan --record", id)
	case len(digest) < digestMin:
		return nil, "", coded(exitUsage, fmt.Errorf("--digest: give at least %d characters", digestMin))
	case !strings.HasPrefix(run.Planned.Digest, digest):
		return nil, "", coded(exitRefused, fmt.Errorf("the newest plan of %s is another one: %s", id, run.Planned.Digest))
	}
	return run, run.Planned.Digest, nil
}

func (p *program) runStart() *cobra.Command {
	var f personFlags
	var digest string
	var yes bool
	cmd := &cobra.Command{
		Use: "start RUN", Short: "Start a run as it was planned", Args: cobra.ExactArgs(1),
		Long: "Starts the newest recorded plan of a run. Employees who changed since are billed as they are now, and the report lists\n" +
			"them. It is refused, with exit code 4, where too many have changed, where the plan exceeds the bounds without an\n" +
			"approval, and where it is older than a day without one. Whoever drives runs (tenure up, serve, run ensure) takes it on.",
		Example: "  tenure run start nightly/2026-11-01 --digest 5e8c0a9d1b2f --yes",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error {
			return p.start(ctx, s, driver, by, args[0], digest, yes)
		}),
	}
	cmd.Flags().StringVar(&digest, "digest", "", "digest of the plan, or its first 12 characters or more")
	cmd.Flags().BoolVar(&yes, "yes", false, "start it")
	cmd.Flags().StringVar(&f.token, "token-file", "", "file with the token of who starts it ("+tokenVariable+")")
	cmd.Flags().DurationVar(&f.timeout, "timeout", controlTimeout, "how long to wait")
	_ = cmd.MarkFlagRequired("digest") // fails only for a flag that is not there
	return cmd
}

func (p *program) start(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, id, digest string, yes bool) error {
	run, _, err := plannedRun(ctx, s, id, digest)
	if err != nil {
		return err
	}
	if run.Started != nil {
		p.say("%s has started already", id)
		return coded(exitNothing, errQuiet)
	}
	missing, err := runs.Missing(ctx, s, driver.Clock.Now(), p.config.Policy.Zone())
	if err != nil {
		return err
	}
	if len(missing) == 0 || runs.ID(missing[0]) != id { // a night that is passed over is never made up for
		return coded(exitRefused, fmt.Errorf("%s is not the oldest night that is missing; see: tenure run ensure --dry-run", id))
	}
	changed, err := runs.Changed(ctx, s, run.Planned)
	if err != nil {
		return err
	}
	p.say("%d employees have changed since the plan, at most %d may", changed, run.Planned.ChangedMax)
	if !yes {
		return coded(exitUsage, errors.New("a run bills people: say --yes to start it"))
	}
	return p.command(ctx, s, driver, runs.Start(run, driver.Shards, changed, by))
}

func (p *program) runHalt() *cobra.Command {
	var f personFlags
	var scope, abandon string
	cmd := &cobra.Command{
		Use: "halt", Short: "Stop invoicing, deletions or both at once", Args: cobra.NoArgs,
		Long: "Stops what the scope names, in all runs and shards, until it is resumed. What is being written in this moment comes to\n" +
			"its end, nothing after it. Commands are still taken. Deletions that are due wait; they can be cancelled meanwhile.\n" +
			"With --abandon the run under way is ended for good: what it billed stays billed and is told, the rest is due for the\n" +
			"next night.",
		Example: "  tenure run halt --scope invoicing --reason \"prices look wrong\"\n" +
			"  tenure run halt --abandon nightly/2026-11-01 --reason \"prices were wrong\"",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, _ []string) error {
			return p.halt(ctx, s, driver, []command.Order{runs.Halt(scope, f.reason, by)}, abandon, f.reason, by)
		}),
	}
	cmd.Flags().StringVar(&scope, "scope", "invoicing", "invoicing, deletions or all")
	cmd.Flags().StringVar(&abandon, "abandon", "", "run that is ended for good")
	person(cmd, &f)
	return cmd
}

// halt stops first, so that nothing is billed between the two orders.
func (p *program) halt(ctx context.Context, s *store.Store, driver *runs.Driver, list []command.Order, abandon, reason string, by runs.Who) error {
	if abandon != "" {
		if _, err := runs.NightOf(abandon); err != nil {
			return coded(exitUsage, fmt.Errorf("--abandon: %w", err))
		}
		list = append(list, runs.Abandon(abandon, reason, by))
	}
	for _, order := range list {
		if err := p.command(ctx, s, driver, order); err != nil {
			return err
		}
	}
	if abandon == "" {
		return nil
	}
	return p.printRun(ctx, s, abandon)
}

func (p *program) runResume() *cobra.Command {
	var f personFlags
	var scope string
	cmd := &cobra.Command{
		Use: "resume", Short: "Let what was halted go on where it stopped", Args: cobra.NoArgs,
		Example: "  tenure run resume --reason \"prices are right\"",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, _ []string) error {
			return p.command(ctx, s, driver, runs.Resume(scope, f.reason, by))
		}),
	}
	cmd.Flags().StringVar(&scope, "scope", "all", "invoicing, deletions or all")
	person(cmd, &f)
	return cmd
}
