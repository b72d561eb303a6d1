package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/history"
	"tenure/internal/store"
)

func (p *program) repairState() *cobra.Command {
	var a operatorRequest
	var stream string
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Rebuild the stored state of a stream from its events",
		Args:  cobra.NoArgs,
		Long: "Requests of the owner of the shard to fold the events of a stream again and to replace its stored state,\n" +
			"due dates and billed days: for a state that is lost, changed or behind its events. The events are never\n" +
			"changed: where they are damaged, only a restored database helps.",
		Example: "  tenure repair state --stream employee/5e0000000000000000000007 --reason \"audit: states\" --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			first, ok, err := history.First(ctx, s, stream)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("the log has no event of %s", stream)
			}
			return p.request(
				ctx,
				s,
				a,
				store.Repair{Shard: store.ShardID(first.Shard), Action: store.RepairState, Stream: stream},
			)
		}),
	}
	cmd.Flags().StringVar(&stream, "stream", "", "kind/id, as the audit names it")
	_ = cmd.MarkFlagRequired("stream")
	a.flags(cmd, "reason, recorded in the log")
	return cmd
}
