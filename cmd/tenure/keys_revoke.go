package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) keysRevoke() *cobra.Command {
	var who string
	cmd := &cobra.Command{
		Use: "revoke NAME|ID", Short: "Revoke a key; its commands are rejected within seconds", Args: cobra.ExactArgs(1),
		Long: "Revokes a key by its name or id. Workers reject its commands within two seconds, also those that wait on\n" +
			"Kafka. Events keep its id. The name may then be used again, to rotate a key. Exit code 6 when there is no\n" +
			"such key in use.",
		Example: "  tenure keys revoke accounting --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			id, err := s.RevokeSigningKey(ctx, args[0], who)
			if err != nil {
				return err
			}
			if id == "" {
				return coded(exitNothing, fmt.Errorf("no key %s is in use; see: tenure keys list", args[0]))
			}
			if p.json {
				return p.printJSON(map[string]string{"id": id})
			}
			p.say("key %s is revoked", id)
			return nil
		}),
	}
	cmd.Flags().StringVar(&who, "who", operator(), "name of the operator, recorded with the key")
	return cmd
}
