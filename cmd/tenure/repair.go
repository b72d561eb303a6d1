package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) repair() *cobra.Command {
	cmd := &cobra.Command{Use: "repair", Short: "Mend what tenure audit found"}
	cmd.AddCommand(p.repairState())
	return cmd
}

func (p *program) repairState() *cobra.Command {
	var a asking
	var stream string
	cmd := &cobra.Command{
		Use: "state", Short: "Fold a stream's events again and put the result in the place of its state", Args: cobra.NoArgs,
		Long: "Has the owner of the shard fold the events of a stream again and put the result in the place of its stored state, with\n" +
			"its due dates and covered days: a state that was lost, changed or is behind its events. The events are never changed:\n" +
			"where they are damaged, only a restored database helps.",
		Example: "  tenure repair state --stream employee/5e0000000000000000000007 --reason \"audit: states\" --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			first, err := s.StreamEvents(ctx, stream, 1)
			if err != nil {
				return err
			}
			if len(first) == 0 {
				return fmt.Errorf("the log has no event of %s", stream)
			}
			return p.ask(ctx, s, a, store.Repair{Shard: first[0].Shard, Action: store.RepairState, Stream: stream})
		}),
	}
	cmd.Flags().StringVar(&stream, "stream", "", "kind/id, as the audit names it")
	_ = cmd.MarkFlagRequired("stream")
	a.flags(cmd, "why; kept in the log")
	return cmd
}
