package main

import "github.com/spf13/cobra"

func (p *program) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Create tokens for the HTTP APIs"}
	cmd.AddCommand(p.tokenCreate())
	return cmd
}
