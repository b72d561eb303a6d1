package main

import (
	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/table"
)

// declared is what the cluster should have by the settings.
func (p *program) declared(prune bool) bus.Declared {
	return bus.Declared{
		Topics: p.config.Topics(),
		Prune:  prune,
		Rules:  bus.Rules(p.config.Kafka.TopicPrefix, p.config.Group, p.config.Principals),
	}
}

// planSettings are the settings of plan and apply.
var planSettings = []string{
	"kafka-topic-prefix", "kafka-partitions", "kafka-replication", "kafka-min-insync", "kafka-principals", "kafka-group",
}

func (p *program) topicsPlan() *cobra.Command {
	var prune bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Compare topics and access rules with the declaration; exit code 6 when nothing differs",
		Args:  cobra.NoArgs,
		Long: "Prints what \"tenure topics apply\" would change: missing topics, their settings, and the access rules of\n" +
			"the principals that --kafka-principals names. What it would not change has its reason. Nothing is\n" +
			"changed.",
		Example: "  tenure topics plan --data ./data\n" +
			"  tenure topics plan --kafka-replication 3 --kafka-min-insync 2 --kafka-principals " +
			"\"worker=User:tenure-worker;customer=User:accounting\"",
		RunE: func(cmd *cobra.Command, _ []string) error {
			kafka, err := p.kafka()
			if err != nil {
				return err
			}
			differences, err := bus.Plan(cmd.Context(), kafka, p.declared(prune))
			if err != nil {
				return err
			}
			return p.printDifferences(differences)
		},
	}
	cmd.Flags().BoolVar(&prune, "prune", false, "report further rights of those principals as differences")
	show(cmd, planSettings...)
	return cmd
}

// printDifferences prints them; none is nothing to do.
func (p *program) printDifferences(list []bus.Difference) error {
	t := table.New("OBJECT", "WHAT", "HAS", "WANTS", "CHANGE")
	for _, d := range list {
		change := "apply"
		if d.Refused != "" {
			change = "refused: " + d.Refused
		}
		t.Add(d.Object, d.What, d.Has, d.Wants, change)
	}
	if list == nil {
		list = []bus.Difference{}
	}
	if err := p.print(list, t); err != nil || len(list) > 0 {
		return err
	}
	p.say("the cluster is as declared")
	return coded(exitNothing, errQuiet)
}
