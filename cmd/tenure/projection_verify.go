package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/rebuild"
	"tenure/internal/store"
)

func (p *program) projectionVerify() *cobra.Command {
	var workers int
	cmd := &cobra.Command{
		Use:   "verify NAME",
		Short: "Compare a read model with a fresh replay of the log; exit code 5 if they differ",
		Args:  cobra.ExactArgs(1),
		Long: "Folds the log again up to the positions at which the live tables are read, and compares checksums of\n" +
			"both. Where they differ it names the first differing row and column, without their values. Live traffic\n" +
			"continues, and the read model is not changed. Repair a difference with: tenure projection rebuild NAME",
		Example: "  tenure projection verify lines --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			report, err := rebuild.Verify(ctx, s, of, rebuild.Options{Workers: workers, Say: p.sayRebuild})
			if err != nil {
				return p.busy(err)
			}
			p.sayDone(report, "verified")
			if err := p.printComparison(report); err != nil {
				return err
			}
			if rebuild.Equal(report.Tables) {
				return nil
			}
			p.say("repair it with: tenure projection rebuild %s --yes", of.Name())
			return coded(exitMismatch, errQuiet)
		}),
	}
	cmd.Flags().IntVar(&workers, "workers", 0, "shards at once (default: one for each processor)")
	return cmd
}
