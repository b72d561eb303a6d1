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

func (p *program) tokenCreate() *cobra.Command {
	var rights events.Actor
	var lifetime time.Duration
	cmd := &cobra.Command{
		Use: "create", Short: "Create a token and print it, once", Args: cobra.NoArgs,
		Long: "Creates a random token with rights. It is printed once; only its hash is stored.",
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
	cmd.Flags().StringVar(&rights.AccessLevel, "level", "VIEWER", "access level, VIEWER to ADMIN")
	cmd.Flags().StringVar(&rights.Employee, "employee", "", "employee whose rights the token has")
	cmd.Flags().StringVar(&rights.Customer, "customer", "", "customer of the token: VIEWER, MANAGER, OWNER")
	cmd.Flags().StringVar(&rights.Reseller, "reseller", "", "reseller of the token: RESELLER")
	cmd.Flags().DurationVar(&lifetime, "expires", 0, "lifetime (default: unlimited)")
	return cmd
}
