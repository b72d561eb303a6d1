package main

import (
	"github.com/spf13/cobra"
)

func (p *program) schemas() *cobra.Command {
	cmd := &cobra.Command{Use: "schemas", Short: "Print and compare the schemas of the messages"}
	cmd.AddCommand(p.schemasPrint(), p.schemasCheck())
	return cmd
}
