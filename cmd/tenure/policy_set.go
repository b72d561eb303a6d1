package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/internal/command"
)

func (p *program) policySet() *cobra.Command {
	var from string
	cmd := &cobra.Command{
		Use:   "set KEY=VALUE ...",
		Short: "Change the billing policy from a day on; a period is rated by what holds on its first day",
		Args:  cobra.MinimumNArgs(1),
		Long: "Changes values of the billing policy from a day on, tomorrow at the earliest. Nothing that was billed " +
			"changes:\n" +
			"a period is rated by what holds on its first day, and a ledger begins at its day. The keys are those of\n" +
			"tenure policy show. With --dry-run every employee is billed up to the first of the month after that of the day,\n" +
			"with the change and without, and the difference is printed by ledger and currency.",
		Example: "  tenure policy set ledgers=CUSTOMER,RESELLER --from 2026-12-01 --reason \"wholesale begins\" --dry-run " +
			"--data ./data\n" +
			"  tenure policy set ledgers=CUSTOMER,RESELLER --from 2026-12-01 --reason \"wholesale begins\" --yes --data ./data",
	}
	cmd.Flags().StringVar(&from, "from", "", "first day on which the values hold (default: tomorrow)")
	return p.manualPreviewed(cmd, p.previewPolicy, func(_ context.Context, args []string) (command.Command, error) {
		values, policy := map[string]any{}, p.config.Policy
		for _, arg := range args {
			key, value, ok := strings.Cut(arg, "=")
			if !ok {
				return command.Command{}, coded(exitUsage, fmt.Errorf("%s is not KEY=VALUE", arg))
			}
			if _, err := policy.With(key, value); err != nil {
				return command.Command{}, coded(exitUsage, err)
			}
			values[key] = value
		}
		data := given(map[string]any{"from": from})
		data["values"] = values
		return command.Command{Type: "billing.set_policy.v1", Subject: domain.PolicyID, Data: data}, nil
	})
}
