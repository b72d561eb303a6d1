package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) shardsList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the nodes of a cluster with what they keep", Args: cobra.NoArgs,
		Long: "Lists the nodes of a Citus cluster with the parts of the tables that they keep. A part has the rows of\n" +
			"some shards, and moves as a whole.",
		Example: "  TENURE_POSTGRES_DSN_FILE=/run/secrets/coordinator tenure shards list",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			return p.printNodes(ctx, s)
		}),
	}
}
