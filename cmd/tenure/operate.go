package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/events"
	"tenure/internal/store"
)

func (p *program) migrate() *cobra.Command {
	cmd := &cobra.Command{
		Use: "migrate", Short: "Bring the database to this version", Args: cobra.NoArgs,
		Long:    "Brings the database to this version. Several may run at once, and a second time changes nothing.",
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

func (p *program) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Tokens for the HTTP APIs"}
	var rights events.Actor
	var lifetime time.Duration
	create := &cobra.Command{
		Use: "create", Short: "Create a token and print it, once", Args: cobra.NoArgs,
		Long: "Creates a random token that carries rights. It is printed once; only its hash is kept.",
		Example: "  tenure token create --data ./data --level VIEWER --customer 5c0000000000000000000001\n" +
			"  tenure token create --level ADMIN --expires 12h",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			token, err := api.Tokens{Database: s}.Create(ctx, rights, lifetime)
			if errors.Is(err, api.ErrRights) {
				return coded(exitUsage, err)
			}
			if err != nil {
				return err
			}
			if p.json {
				return p.printJSON(map[string]string{"token": token})
			}
			_, err = fmt.Fprintln(p.out, token)
			return err
		}),
	}
	create.Flags().StringVar(&rights.AccessLevel, "level", "VIEWER", "access level, VIEWER to ADMIN")
	create.Flags().StringVar(&rights.Employee, "employee", "", "employee whose rights it carries")
	create.Flags().StringVar(&rights.Customer, "customer", "", "customer it is for: VIEWER, MANAGER, OWNER")
	create.Flags().StringVar(&rights.Reseller, "reseller", "", "reseller it is for: RESELLER")
	create.Flags().DurationVar(&lifetime, "expires", 0, "how long it is good (default: for ever)")
	cmd.AddCommand(create)
	return cmd
}
