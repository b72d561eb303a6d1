package main

import "github.com/spf13/cobra"

func (p *program) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Create, list, revoke and confirm tokens for the HTTP APIs"}
	cmd.AddCommand(p.tokenCreate(), p.tokenList(), p.tokenRevoke(), p.tokenRevokeAll(), p.tokenConfirm())
	return cmd
}
