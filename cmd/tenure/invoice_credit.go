package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceCredit() *cobra.Command {
	var employee, amount, share string
	cmd := &cobra.Command{
		Use:   "credit LINE",
		Short: "Give back a part of a line; later credits give back at most the rest",
		Args:  cobra.ExactArgs(1),
		Long: "Lets the next run give back an amount or a share of a charge. Its days stay billed, and no later credit\n" +
			"gives back more than what is left of it.",
		Example: "  tenure invoice credit 0f3e0c5e-2a53-5c0b-9f1e-7d1f3a1c8e01 --amount 20.00 --reason \"two days without " +
			"a line\" " +
			"--yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&employee, "employee", "", "employee of the line (default: looked up)")
	flags.StringVar(&amount, "amount", "", "amount to give back, in the currency of the line")
	flags.StringVar(&share, "share", "", "share of the line to give back, such as 0.25")
	cmd.MarkFlagsOneRequired("amount", "share")
	cmd.MarkFlagsMutuallyExclusive("amount", "share")
	return p.manual(cmd, true, func(ctx context.Context, args []string) (command.Command, error) {
		id, of, err := p.lineOf(ctx, args[0], employee)
		if err != nil {
			return command.Command{}, err
		}
		data := given(map[string]any{"amount": amount, "share": share})
		data["line"] = id.String()
		return command.Command{Type: "billing.credit_line.v1", Subject: of, Data: data}, nil
	})
}
