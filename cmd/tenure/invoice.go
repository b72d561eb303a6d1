package main

import (
	"github.com/spf13/cobra"
)

func (p *program) invoice() *cobra.Command {
	cmd := &cobra.Command{Use: "invoice", Short: "Show, export, verify and correct documents and their lines"}
	cmd.AddCommand(p.invoiceList(), p.invoiceShow(), p.invoiceExplain())
	cmd.AddCommand(
		p.invoiceAdjust(),
		p.invoiceVoid(),
		p.invoiceCredit(),
		p.invoiceRerate(),
		p.invoiceResolveReview(),
		p.invoiceHold(),
		p.invoiceRelease(),
		p.invoiceClosePeriod(),
		p.invoiceRecordNumber(),
		p.invoiceRecordPayment(),
	)
	cmd.AddCommand(p.invoiceExport(), p.invoiceVerify(), p.invoiceAcknowledge())
	return cmd
}
