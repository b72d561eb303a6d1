package main

import (
	"github.com/spf13/cobra"
)

func (p *program) invoiceRelease() *cobra.Command {
	var periodsMax int
	cmd := &cobra.Command{
		Use:   "release [EMPLOYEE]",
		Short: "Release an employee or a customer from a hold, or raise the bound of periods",
		Args:  cobra.MaximumNArgs(1),
		Example: "  tenure invoice release 5e0000000000000000000001 --reason \"settled\" --yes --data ./data\n" +
			"  tenure invoice release 5e0000000000000000000001 --periods-max 60 --reason \"contract came late\" --yes " +
			"--data ./data",
	}
	cmd.Flags().
		IntVar(&periodsMax, "periods-max", 0, "periods of a source that one run may bill for the employee, above the "+
			"bound that held it")
	return p.ofEmployeeOrCustomer(cmd, "billing.release.v1", "billing.release_customer.v1", &periodsMax)
}
