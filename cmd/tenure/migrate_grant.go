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
		Use: "grant", Short: "Give the database roles of a system's processes what they need, and nothing more", Args: cobra.NoArgs,
		Long: "Gives database roles that exist the rights of the parts of the program that connect as them, and takes back all others that\n" +
			"they have on our tables. None of them can change or remove an event, and only the worker's can add one. The feed's owns\n" +
			"the read models. Run it as the owner of the tables, after each \"tenure migrate\"; what then still connects as the owner\n" +
			"works as before. Processes with such a role start with --prepare=false.",
		Example: "  tenure migrate grant --worker tenure_worker --feed tenure_feed --scheduler tenure_scheduler --api tenure_api --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to == (store.Grantees{}) {
				return coded(exitUsage, errors.New("name at least one role: --worker, --feed, --scheduler or --api"))
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
			return coded(exitUsage, errors.New("say --yes to run these statements"))
		},
	}
	cmd.Flags().StringVar(&to.Worker, "worker", "", "role of the processes that decide")
	cmd.Flags().StringVar(&to.Feed, "feed", "", "role of those that keep read models and publish")
	cmd.Flags().StringVar(&to.Scheduler, "scheduler", "", "role of those that drive runs")
	cmd.Flags().StringVar(&to.API, "api", "", "role of those that serve HTTP")
	cmd.Flags().BoolVar(&yes, "yes", false, "run the statements")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "print them")
	return cmd
}
