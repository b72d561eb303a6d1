package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/internal/history"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/timeline"
)

func (p *program) employeeDiff() *cobra.Command {
	var from, to history.Point
	var personal bool
	cmd := &cobra.Command{
		Use:   "diff ID",
		Short: "Compare an employee at two times or positions",
		Args:  cobra.ExactArgs(1),
		Long: "Folds the employee's events up to two points and compares the results property by property. A point is a\n" +
			"business time, or a position as \"tenure employee history\" prints it; --to is the\n" +
			"present state by default. Personal values are hidden without --personal; that they differ is not.",
		Example: "  tenure employee diff 5e0000000000000000000007 --from 2026-10-30 --to 2026-11-02 --data ./data\n" +
			"  tenure employee diff 5e0000000000000000000007 --from @1:4 --personal --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			c, err := timeline.Between(ctx, s, domain.CanonicalID(args[0]), from, to)
			if err != nil {
				return err
			}
			if !personal {
				timeline.Mask(c.Differences)
			}
			return p.printDifference(c)
		}),
	}
	cmd.Flags().Var(pointFlag{&from}, "from", "business time, or position")
	cmd.Flags().Var(pointFlag{&to}, "to", "business time, or position (default: the present state)")
	cmd.Flags().BoolVar(&personal, "personal", false, "show personal values")
	_ = cmd.MarkFlagRequired("from")
	return cmd
}

func (p *program) printDifference(d timeline.Change) error {
	t := table.New("PROPERTY", "FROM", "TO")
	for _, one := range d.Differences {
		t.Add(one.Property, string(one.From), string(one.To))
	}
	p.say("%d events between %s and %s", d.Facts, orNothing(d.From), orNothing(d.To))
	return p.print(d, t)
}

func orNothing(position string) string {
	if position == "" {
		return "before the employee existed"
	}
	return position
}
