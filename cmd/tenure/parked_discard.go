package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/repair"
	"tenure/internal/store"
)

func (p *program) parkedDiscard() *cobra.Command {
	var a operatorRequest
	cmd := &cobra.Command{
		Use:   "discard TOPIC/PARTITION/OFFSET",
		Short: "Discard a parked message; its outcome is rejected",
		Args:  onePlace,
		Long: "Gives a parked command the outcome rejected with code discarded and the reason, and continues with its\n" +
			"queue. A message whose command cannot be read is only marked. Nothing is deleted.",
		Example: "  tenure parked discard employee.commands/3/17 --reason \"sent by mistake\" --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			return p.request(ctx, s, a, repair.Message(m, store.RepairDiscard))
		}),
	}
	a.flags(cmd, "reason, recorded in the log and sent in the outcome")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}
