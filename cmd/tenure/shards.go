package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) shards() *cobra.Command {
	cmd := &cobra.Command{Use: "shards", Short: "List the nodes of a cluster, and move shards between them"}
	cmd.AddCommand(p.shardsList(), p.shardsMove())
	return cmd
}

func (p *program) printNodes(ctx context.Context, s *store.Store) error {
	nodes, err := s.Nodes(ctx)
	if err != nil {
		return clusterError(err)
	}
	t := table.New("NODE", ">PARTS", ">MB", "USED")
	for _, n := range nodes {
		t.Add(n.Name, count(n.Parts), count(n.Bytes>>20), strconv.FormatBool(n.Used))
	}
	return p.print(nodes, t)
}
