package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

func (p *program) runHalt() *cobra.Command {
	var f controlFlags
	var scope, abandon string
	var cmd *cobra.Command
	cmd = &cobra.Command{
		Use:   "halt",
		Short: "Halt invoicing, deletions or both immediately",
		Args:  cobra.NoArgs,
		Long: "Halts what the scope names, in all runs and shards, until it is resumed. A transaction under way is\n" +
			"committed, nothing after it. Commands are still processed. Due deletions wait; they can be cancelled\n" +
			"meanwhile. With --abandon the run under way ends permanently: what it billed stays billed and is\n" +
			"published, the rest is due for the next run.",
		Example: "  tenure run halt --scope invoicing --reason \"prices look wrong\"\n" +
			"  tenure run halt --abandon nightly/2026-11-01 --reason \"prices were wrong\"",
		RunE: p.onStoreWithin(&f.timeout, func(ctx context.Context, s *store.Store, args []string) error {
			by, err := p.issuer(ctx, s, f.token)
			if err != nil {
				return err
			}
			if err := p.haltNow(ctx, s, scope, f.reason, by); err != nil {
				return err
			}
			err = p.onRuns(&f, func(ctx context.Context, s *store.Store, driver *runs.Driver, by runs.Who, _ []string) error {
				list := []command.Command{runs.Halt(scope, f.reason, by)}
				if abandon != "" {
					list = append(list, runs.Abandon(abandon, f.reason, by))
				}
				return p.halt(ctx, s, driver, list, abandon)
			})(cmd, args)
			if err != nil {
				p.say("It is halted all the same: the database has it, its event follows.")
			}
			return err
		}),
	}
	cmd.Flags().StringVar(&scope, "scope", "invoicing", "invoicing, deletions or all")
	cmd.Flags().StringVar(&abandon, "abandon", "", "run to end permanently")
	f.add(cmd)
	return cmd
}

// haltNow writes the halt to the database, which needs neither Kafka nor the owner of a shard.
func (p *program) haltNow(ctx context.Context, s *store.Store, scope, reason string, by runs.Who) error {
	c, err := clock.Follow(ctx, s)
	if err != nil {
		return err
	}
	if err := runs.HaltNow(ctx, s, scope, reason, by, c.Now()); err != nil {
		return coded(exitRefused, err)
	}
	return nil
}

// halt sends the commands in their order, and shows a run that was abandoned.
func (p *program) halt(
	ctx context.Context, s *store.Store, driver *runs.Driver, list []command.Command, abandon string,
) error {
	if _, err := runstate.NightOf(abandon); abandon != "" && err != nil {
		return coded(exitUsage, fmt.Errorf("--abandon: %w", err))
	}
	for _, one := range list {
		if err := p.sendControl(ctx, s, driver, one); err != nil {
			return err
		}
	}
	if abandon == "" {
		return nil
	}
	return p.printRun(ctx, s, abandon)
}
