package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/internal/store"
)

func (p *program) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Revoke a token by its id; exit code 6 when there is none", Args: cobra.ExactArgs(1),
		Long: "Revokes a token by the id that \"tenure token list\" prints. The APIs refuse it within a second, and the\n" +
			"console's sessions that began with it end.",
		Example: "  tenure token revoke 5f3c9a1be07d4482a6c1f0d2 --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			found, err := api.Tokens{Database: s}.Revoke(ctx, args[0])
			if err != nil {
				return err
			}
			if !found {
				return coded(exitNothing, fmt.Errorf("there is no token %s; see: tenure token list", args[0]))
			}
			p.say("token %s is revoked", args[0])
			return nil
		}),
	}
}
