package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceResolveReview() *cobra.Command {
	var source, decision, amount string
	cmd := &cobra.Command{
		Use:   "resolve-review EMPLOYEE",
		Short: "Resolve days that another payer was billed for: REVIEW_NEEDED in a run's report",
		Args:  cobra.ExactArgs(1),
		Example: "  tenure invoice resolve-review 5e0000000000000000000001 --source 5d0000000000000000000001 --decision " +
			"credit \\\n" +
			"      --reason \"agreed with the customer\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&source, "source", "", "an addon's id, or product")
	flags.StringVar(&decision, "decision", "", "credit or keep")
	flags.StringVar(
		&amount,
		"amount",
		"",
		"what to credit (default: what the days cost by the catalogue, on every ledger)",
	)
	_, _ = cmd.MarkFlagRequired("source"), cmd.MarkFlagRequired("decision")
	return p.manual(cmd, true, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{Type: "billing.resolve_review.v1", Subject: args[0], Data: given(map[string]any{
			"source": source, "decision": strings.ToUpper(decision), "amount": amount})}, nil
	})
}
