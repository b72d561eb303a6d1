package main

import (
	"github.com/spf13/cobra"
)

func (p *program) topics() *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "List, create, compare and rebase the Kafka topics"}
	cmd.AddCommand(p.topicsList(), p.topicsCreate(), p.topicsPlan(), p.topicsApply(), p.topicsGrow(),
		p.topicsRebase())
	return cmd
}
