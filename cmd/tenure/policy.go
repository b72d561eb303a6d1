package main

import "github.com/spf13/cobra"

func (p *program) policy() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Show and change the billing policy"}
	cmd.AddCommand(p.policyShow(), p.policySet())
	return cmd
}
