package main

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
)

func (p *program) topicsApply() *cobra.Command {
	var yes, dry, prune bool
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Apply the declared topics and access rules",
		Args:  cobra.NoArgs,
		Long: "Applies what \"tenure topics plan\" prints. Partition counts and replicas are never changed: exit code 4\n" +
			"reports that such a difference is left. Access rules are added; --prune also removes further rights of\n" +
			"the same principals.",
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
				return coded(exitUsage, errors.New("this changes the cluster: use --yes to continue"))
			}
			left, err := bus.Apply(cmd.Context(), kafka, p.declared(prune))
			if err != nil {
				return err
			}
			p.say("%d of %d differences were applied", len(planned)-len(left), len(planned))
			if slices.ContainsFunc(left, func(d bus.Difference) bool { return d.Refused != "" }) {
				return coded(exitRefused, errors.New("refused differences are left; their reasons are above"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "apply the changes")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show the changes without applying them")
	cmd.Flags().BoolVar(&prune, "prune", false, "remove further rights of those principals")
	show(cmd, planSettings...)
	return cmd
}
