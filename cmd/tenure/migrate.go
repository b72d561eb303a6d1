package main

import (
	"errors"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) migrate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Migrate the database to this version", Args: cobra.NoArgs,
		Long:    "Migrates the database to this version. Several may run at once, and a second run changes nothing.",
		Example: "  TENURE_POSTGRES_DSN_FILE=/run/secrets/dsn tenure migrate",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.locate(); err != nil {
				return err
			}
			if p.config.Postgres.DSN == "" {
				return coded(exitUsage, errors.New("no database: set TENURE_POSTGRES_DSN or TENURE_POSTGRES_DSN_FILE"))
			}
			if err := store.Migrate(cmd.Context(), p.config.Postgres.DSN); err != nil {
				return err
			}
			p.say("the database is at this version")
			return nil
		},
	}
	cmd.AddCommand(p.migrateGrant())
	return cmd
}
