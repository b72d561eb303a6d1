package main

import (
	"cmp"
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/domain"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) tokenList() *cobra.Command {
	var employee string
	cmd := &cobra.Command{
		Use: "list", Short: "List tokens that have not expired, without their values", Args: cobra.NoArgs,
		Long: "Lists tokens that have not expired, without their values. One that is marked as restored was made before\n" +
			"the database was restored, and is refused until \"tenure token confirm\" accepts it.",
		Example: "  tenure token list --data ./data\n  tenure token list --employee 5e0000000000000000000007 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			tokens := api.Tokens{Database: s}
			list, err := tokens.All(ctx)
			if employee != "" {
				list, err = tokens.Of(ctx, domain.CanonicalID(employee))
			}
			if err != nil {
				return err
			}
			t := table.New("TOKEN", "EMPLOYEE", "LEVEL", "NAME", "CREATED", "BY", "EXPIRES", "LAST USED", "FROM", "RESTORED")
			for _, k := range list {
				t.Add(k.ID, cmp.Or(k.Employee, "-"), k.Level, k.Name, k.Created.UTC().Format(time.RFC3339), k.By,
					timeOr(k.Expires, "never"), timeOr(k.Used, "never"), k.From, yesOr(k.Restored, "-"))
			}
			return p.print(list, t)
		}),
	}
	cmd.Flags().StringVar(&employee, "employee", "", "only tokens of this employee")
	return cmd
}

// yesOr writes yes, or another word.
func yesOr(is bool, no string) string {
	if is {
		return "yes"
	}
	return no
}

// timeOr writes a time, or a word where there is none.
func timeOr(at *time.Time, none string) string {
	if at == nil {
		return none
	}
	return at.UTC().Format(time.RFC3339)
}
