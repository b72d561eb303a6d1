package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceRerate() *cobra.Command {
	var source, from, to string
	cmd := &cobra.Command{
		Use: "rerate EMPLOYEE", Short: "Rerate a period at the present prices of the catalogue", Args: cobra.ExactArgs(1),
		Long: "After a correction of the catalogue: the next run credits what was billed of a source in a period and\n" +
			"charges it again. Natural periods that the days touch are rated whole. What costs the same stays as it\n" +
			"is.",
		Example: "  tenure invoice rerate 5e0000000000000000000001 --source product --from 2026-10-01 --to 2026-10-31 \\\n" +
			"      --reason \"price list of October\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&source, "source", "product", "an addon's id, or product")
	flags.StringVar(&from, "from", "", "first day")
	flags.StringVar(&to, "to", "", "last day")
	_, _ = cmd.MarkFlagRequired("from"), cmd.MarkFlagRequired("to")
	return p.manual(cmd, true, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{
			Type:    "billing.rerate.v1",
			Subject: args[0],
			Data:    map[string]any{"source": source, "from": from, "to": to},
		}, nil
	})
}
