package main

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/table"
)

// declared is what the settings say that the cluster should have.
func (p *program) declared(prune bool) bus.Declared {
	return bus.Declared{
		Topics: p.config.Topics(), Prune: prune, Rules: bus.Rules(p.config.Kafka.TopicPrefix, p.config.Group, p.config.Principals),
	}
}

// planSettings are the settings that plan and apply go by.
var planSettings = []string{
	"kafka-topic-prefix", "kafka-partitions", "kafka-replication", "kafka-min-insync", "kafka-principals", "kafka-group",
}

func (p *program) topicsPlan() *cobra.Command {
	var prune bool
	cmd := &cobra.Command{
		Use: "plan", Short: "Compare topics and rules of access with what is declared; exit code 6 when nothing differs", Args: cobra.NoArgs,
		Long: "Prints what \"tenure topics apply\" would change: topics that are missing, their settings, and the rules of access of the\n" +
			"principals that --kafka-principals names. What it would not change has its reason. Nothing is changed.",
		Example: "  tenure topics plan --data ./data\n" +
			"  tenure topics plan --kafka-replication 3 --kafka-min-insync 2 --kafka-principals \"worker=User:tenure-worker;customer=User:accounting\"",
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
	cmd.Flags().BoolVar(&prune, "prune", false, "count what those principals may do besides as a difference")
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

func (p *program) topicsApply() *cobra.Command {
	var yes, dry, prune bool
	cmd := &cobra.Command{
		Use: "apply", Short: "Make topics and rules of access as they are declared", Args: cobra.NoArgs,
		Long: "Makes what \"tenure topics plan\" prints. Partition counts and replicas are never changed: exit code 4 says that such a\n" +
			"difference is left. Rules of access are added; --prune also removes what the same principals may do besides.",
		Example: "  tenure topics apply --yes --data ./data\n  tenure topics apply --yes --prune --config /etc/tenure.conf",
		RunE: func(cmd *cobra.Command, _ []string) error {
			kafka, err := p.kafka()
			if err != nil {
				return err
			}
			planned, err := bus.Plan(cmd.Context(), kafka, p.declared(prune))
			if err != nil {
				return err
			}
			if err := p.printDifferences(planned); err != nil || dry {
				return err
			}
			if !yes {
				return coded(exitUsage, errors.New("this changes the cluster: say --yes to go on"))
			}
			left, err := bus.Apply(cmd.Context(), kafka, p.declared(prune))
			if err != nil {
				return err
			}
			p.say("%d of %d differences were made as declared", len(planned)-len(left), len(planned))
			if slices.ContainsFunc(left, func(d bus.Difference) bool { return d.Refused != "" }) {
				return coded(exitRefused, errors.New("what is refused is left as it is; its reason stands above"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "make the changes")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would change")
	cmd.Flags().BoolVar(&prune, "prune", false, "remove what those principals may do besides")
	show(cmd, planSettings...)
	return cmd
}
