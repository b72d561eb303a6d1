package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// stalledView is a deletion that needs an operator, as it is printed.
type stalledView struct {
	Employee string            `json:"employee"`
	Since    time.Time         `json:"since"` // the instant of the deletion
	Waiting  []string          `json:"waiting"`
	Refused  map[string]string `json:"refused,omitempty"`
}

func (p *program) employeeStalled() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "stalled",
		Short: "List deletions without confirmation; exit code 3 when there are any",
		Args:  cobra.NoArgs,
		Long: "Lists employees whose extensions or MVNO accounts were requested to be deleted three times without a\n" +
			"confirmation. No further request is sent. See that they are deleted, then confirm each:\n" +
			"  tenure send --type employee.confirm_mvno_account_deleted.v1 --subject EMPLOYEE --body '{\"_id\":\"ACCOUNT\"}'",
		Example: "  tenure employee stalled --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			found, err := projections.StalledDeletions(ctx, s, limit)
			if err != nil {
				return err
			}
			list := make([]stalledView, len(found))
			t := table.New("EMPLOYEE", "SINCE", "WAITS FOR", "REFUSED")
			for i := range found {
				list[i] = stalledOf(&found[i])
				t.Add(
					list[i].Employee,
					list[i].Since.Format(time.RFC3339),
					strings.Join(list[i].Waiting, ", "),
					reasons(list[i].Refused),
				)
			}
			if err := p.print(list, t); err != nil {
				return err
			}
			if len(list) > 0 {
				return coded(exitParked, errQuiet)
			}
			return nil
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "at most so many, up to 10000")
	return cmd
}

func stalledOf(e *projections.Employee) stalledView {
	d := stalledView{Employee: e.ID, Since: e.Deletion.At, Refused: e.Deletion.Refused}
	for _, x := range e.Extensions {
		d.Waiting = append(d.Waiting, "extension "+x.ID)
	}
	for _, a := range e.Accounts {
		d.Waiting = append(d.Waiting, "MVNO account "+a.ID)
	}
	return d
}

func reasons(refused map[string]string) string {
	var all []string
	for _, id := range sortedKeys(refused) {
		all = append(all, id+": "+refused[id])
	}
	return strings.Join(all, "; ")
}
