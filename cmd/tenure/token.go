package main

import "github.com/spf13/cobra"

func (p *program) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Create, list and revoke tokens for the HTTP APIs"}
	cmd.AddCommand(p.tokenCreate(), p.tokenList(), p.tokenRevoke(), p.tokenRevokeAll())
	return cmd
}
