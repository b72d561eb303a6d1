package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceClosePeriod() *cobra.Command {
	var until string
	cmd := &cobra.Command{
		Use:   "close-period RESELLER",
		Short: "Close a reseller's accounts up to a day; later corrections are booked after it",
		Args:  cobra.ExactArgs(1),
		Example: "  tenure invoice close-period 5a0000000000000000000001 --until 2026-10-31 --reason \"October is " +
			"booked\" --yes --data ./data",
	}
	cmd.Flags().StringVar(&until, "until", "", "last closed day; a closed period stays closed")
	_ = cmd.MarkFlagRequired("until")
	return p.manual(cmd, true, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{Type: "billing.close_period.v1", Subject: args[0], Data: map[string]any{"until": until}}, nil
	})
}
