package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceAdjust() *cobra.Command {
	var ledger, billTo, product, day, amount string
	cmd := &cobra.Command{
		Use:   "adjust EMPLOYEE",
		Short: "Add a manual line: a goodwill credit, a fee",
		Args:  cobra.ExactArgs(1),
		Long:  "Adds a line of an amount, below 0 a credit. The next run bills it, on a document like any other line.",
		Example: "  tenure invoice adjust 5e0000000000000000000001 --amount -25.50 --reason \"goodwill after an " +
			"outage\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&amount, "amount", "", "the amount in the employee's currency; below 0 it is a credit")
	flags.StringVar(&ledger, "ledger", "", "CUSTOMER, RESELLER or COST (default CUSTOMER)")
	flags.StringVar(&billTo, "bill-to", "", "payer (default: the employee's payer on that day)")
	flags.StringVar(&product, "product", "", "product of the line, for accounting")
	flags.StringVar(&day, "day", "", "day of the line (default: today)")
	_ = cmd.MarkFlagRequired("amount") // fails only for a flag that is not there
	return p.manual(cmd, true, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{Type: "billing.adjust.v1", Subject: args[0], Data: given(map[string]any{
			"amount": amount, "ledger": strings.ToUpper(ledger), "billTo": billTo, "product": product, "day": day})}, nil
	})
}
