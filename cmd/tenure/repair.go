package main

import (
	"github.com/spf13/cobra"
)

func (p *program) repair() *cobra.Command {
	cmd := &cobra.Command{Use: "repair", Short: "Repair what tenure audit found"}
	cmd.AddCommand(p.repairState())
	return cmd
}
