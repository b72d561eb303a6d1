package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceRecordPayment() *cobra.Command {
	var paidOn, amount, id string
	cmd := &cobra.Command{
		Use:   "record-payment REF",
		Short: "Record a payment of a document, whole or in part",
		Args:  cobra.ExactArgs(1),
		Example: "  tenure invoice record-payment 2026-11/CUSTOMER/5c0000000000000000000001/DKK --paid-on 2026-11-28 " +
			"--yes --data ./data",
	}
	cmd.Flags().StringVar(&paidOn, "paid-on", "", "day of the payment")
	cmd.Flags().StringVar(&amount, "amount", "", "what was paid (default: what is open)")
	cmd.Flags().StringVar(&id, "payment-id", "", "the payment's own id, such as the bank's: it is recorded once")
	_ = cmd.MarkFlagRequired("paid-on")
	return p.manual(cmd, false, func(_ context.Context, args []string) (command.Command, error) {
		return command.Command{
			Type:    "billing.record_payment.v1",
			Subject: args[0],
			Data:    given(map[string]any{"paidOn": paidOn, "amount": amount, "paymentId": id}),
		}, nil
	})
}
