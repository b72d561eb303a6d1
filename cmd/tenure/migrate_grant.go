package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) migrateGrant() *cobra.Command {
	var to store.Grantees
	var yes, dry bool
	cmd := &cobra.Command{
		Use:   "grant",
		Short: "Grant database roles the rights that their processes need, and revoke all others",
		Args:  cobra.NoArgs,
		Long: "Grants existing database roles the rights of the parts of the program that connect as them, and revokes\n" +
			"all others on the tables of Tenure. None of them can change or remove an event, and only the worker's\n" +
			"can add one. The feed's owns the read models. Run it as the owner of the tables, after each \"tenure\n" +
			"migrate\"; what then still connects as the owner works as before. Processes with such a role start with\n" +
			"--prepare=false.",
		Example: "  tenure migrate grant --worker tenure_worker --feed tenure_feed --scheduler tenure_scheduler --api " +
			"tenure_api --console-role tenure_console --operator tenure_operator --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == (store.Grantees{}) {
				return coded(exitUsage, errors.New("name at least one role: --worker, --feed, --scheduler, --api, "+
					"--console-role or --operator"))
			}
			if err := p.locate(); err != nil {
				return err
			}
			if p.config.Postgres.DSN == "" {
				return coded(exitUsage, errors.New("no database: set TENURE_POSTGRES_DSN or TENURE_POSTGRES_DSN_FILE"))
			}
			statements, err := store.Grant(cmd.Context(), p.config.Postgres.DSN, to, dry || !yes)
			if err != nil {
				return err
			}
			for _, statement := range statements {
				_, _ = fmt.Fprintln(p.out, statement+";")
			}
			if dry || yes {
				return nil
			}
			return coded(exitUsage, errors.New("use --yes to run these statements"))
		},
	}
	cmd.Flags().StringVar(&to.Worker, "worker", "", "role of the worker processes")
	cmd.Flags().StringVar(&to.Feed, "feed", "", "role of the feed processes")
	cmd.Flags().StringVar(&to.Scheduler, "scheduler", "", "role of the scheduler processes")
	cmd.Flags().StringVar(&to.API, "api", "", "role of the API processes")
	cmd.Flags().StringVar(&to.Operator, "operator", "", "role of operators at the command line")
	cmd.Flags().StringVar(&to.Console, "console-role", "", "role of the console processes")
	cmd.Flags().BoolVar(&yes, "yes", false, "run the statements")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print them")
	return cmd
}
