package main

import (
	"errors"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) migrate() *cobra.Command {
	var distributed bool
	var parts int
	cmd := &cobra.Command{
		Use: "migrate", Short: "Migrate the database to this version", Args: cobra.NoArgs,
		Long: "Migrates the database to this version. Several may run at once, and a second run changes nothing.",
		Example: "  TENURE_POSTGRES_DSN_FILE=/run/secrets/dsn tenure migrate\n" +
			"  TENURE_POSTGRES_DSN_FILE=/run/secrets/coordinator tenure migrate --distributed",
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
			if !distributed {
				p.say("the database is at this version")
				return nil
			}
			if err := store.Distribute(cmd.Context(), p.config.Postgres.DSN, parts); err != nil {
				return err
			}
			p.say("the database is at this version, and its tables are distributed")
			return nil
		},
	}
	cmd.Flags().BoolVar(&distributed, "distributed", false,
		"spread the tables over the nodes of a Citus cluster, whose coordinator the database is")
	cmd.Flags().IntVar(&parts, "parts", store.PartsDefault, "parts that --distributed cuts the tables into")
	cmd.AddCommand(p.migrateGrant())
	return cmd
}
