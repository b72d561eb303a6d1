package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

func (p *program) runApprove() *cobra.Command {
	var f controlFlags
	var digest, last string
	cmd := &cobra.Command{
		Use:   "approve RUN",
		Short: "Approve a run whose plan exceeds the bounds",
		Args:  cobra.ExactArgs(1),
		Long: "Approves the newest plan of a run, by another ADMIN than planned it; a plan of Tenure itself may be\n" +
			"approved by any ADMIN. The digest identifies the plan that was reviewed; its first 12 characters are\n" +
			"enough. The run then starts automatically. Exit code 4 when the approval is refused.\n\n" +
			"--through covers missed nights with the same approval: each from this run to that date may be late. A night\n" +
			"that exceeds another bound still needs its own.",
		Example: "  tenure run approve nightly/2026-11-01 --digest 5e8c0a9d1b2f --reason \"new customer, reviewed\" " +
			"--token-file ./token\n" +
			"  tenure run approve nightly/2026-11-01 --digest 5e8c0a9d1b2f --through 2026-11-06 --reason \"the scheduler " +
			"was down\" --token-file ./token",
		PreRunE: func(*cobra.Command, []string) error { return p.hasToken(f.token) },
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, args []string) error {
			run, full, err := plannedRun(ctx, s, args[0], digest)
			if err != nil {
				return err
			}
			if last == "" {
				return p.sendControl(ctx, s, driver, runs.Approve(run.ID, full, f.reason, by))
			}
			through, err := billing.ParseDate(last)
			if err != nil {
				return coded(exitUsage, fmt.Errorf("--through: %w", err))
			}
			for night := run.Planned.BusinessDate; night <= through; night++ {
				p.say("%s may be late", runstate.ID(night))
			}
			return p.sendControl(ctx, s, driver, runs.ApproveThrough(run.ID, full, f.reason, through, by))
		}),
	}
	cmd.Flags().StringVar(&last, "through", "", "last missed night that the approval covers too (YYYY-MM-DD)")
	cmd.Flags().StringVar(&digest, "digest", "", "digest of the plan, or its first 12 characters or more")
	f.add(cmd)
	_ = cmd.MarkFlagRequired("digest") // fails only for a flag that is not there
	return cmd
}
