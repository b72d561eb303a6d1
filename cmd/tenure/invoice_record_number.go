package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceRecordNumber() *cobra.Command {
	var number, due string
	cmd := &cobra.Command{
		Use:   "record-number REF",
		Short: "Record the legal number of a document",
		Args:  cobra.ExactArgs(1),
		Example: "  tenure invoice record-number 2026-11/CUSTOMER/5c0000000000000000000001/DKK --number 2026-0001 --due " +
			"2026-11-30 --yes --data ./data",
	}
	cmd.Flags().StringVar(&number, "number", "", "the number, unique on its ledger and reseller")
	cmd.Flags().StringVar(&due, "due", "", "day on which it is due")
	_ = cmd.MarkFlagRequired("number")
	return p.manual(cmd, false, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{
			Type:    "billing.record_invoice_number.v1",
			Subject: args[0],
			Data:    given(map[string]any{"invoiceNumber": number, "dueDate": due}),
		}, nil
	})
}
