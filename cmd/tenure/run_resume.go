package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/runs"
	"tenure/internal/store"
)

func (p *program) runResume() *cobra.Command {
	var f controlFlags
	var scope string
	cmd := &cobra.Command{
		Use: "resume", Short: "Resume what was halted", Args: cobra.NoArgs,
		Example: "  tenure run resume --reason \"prices are right\"",
		RunE: p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, _ []string) error {
			return p.sendControl(ctx, s, driver, runs.Resume(scope, f.reason, by))
		}),
	}
	cmd.Flags().StringVar(&scope, "scope", "all", "invoicing, deletions or all")
	f.add(cmd)
	return cmd
}
