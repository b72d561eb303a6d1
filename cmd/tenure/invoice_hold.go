package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tenure/internal/command"
)

func (p *program) invoiceHold() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hold [EMPLOYEE]",
		Short: "Exclude an employee or a customer from billing until a release",
		Args:  cobra.MaximumNArgs(1),
		Example: "  tenure invoice hold 5e0000000000000000000001 --reason \"contract is disputed\" --yes --data ./data\n" +
			"  tenure invoice hold --customer 5c0000000000000000000001 --reason \"contract is disputed\" --yes --data ./data",
	}
	return p.ofEmployeeOrCustomer(cmd, "billing.hold.v1", "billing.hold_customer.v1", nil)
}

// ofEmployeeOrCustomer composes the command for the one that is named.
func (p *program) ofEmployeeOrCustomer(
	cmd *cobra.Command,
	toEmployee, toCustomer string,
	periodsMax *int,
) *cobra.Command {
	var customer string
	cmd.Flags().StringVar(&customer, "customer", "", "a customer instead of an employee")
	return p.manual(cmd, true, func(_ context.Context, args []string) (command.Command, error) {
		o := command.Command{Type: toCustomer, Subject: customer, Data: map[string]any{}}
		switch {
		case (len(args) == 1) == (customer != ""):
			return o, coded(exitUsage, errors.New("name an employee, or a customer by --customer"))
		case len(args) == 1:
			o.Type, o.Subject = toEmployee, args[0]
		}
		if periodsMax != nil && *periodsMax != 0 {
			o.Data.(map[string]any)["periodsMax"] = *periodsMax
		}
		return o, nil
	})
}
