package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) replayList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List replays", Args: cobra.NoArgs, Example: "  tenure replay list --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			all, err := s.Replays(ctx)
			if err != nil {
				return err
			}
			list := make([]replayView, len(all))
			t := table.New("REPLAY", "TOPIC", "STATE", ">READ", ">POSITIONS", ">MESSAGES", "STARTED", "REASON")
			for i, r := range all {
				v := viewReplay(r)
				t.Add(
					v.Name,
					v.Topic,
					v.State,
					count(v.Read),
					count(v.Positions),
					count(v.Messages),
					v.Started.Format(time.RFC3339),
					v.Reason,
				)
				v.Shards = nil
				list[i] = v
			}
			return p.print(list, t)
		}),
	}
}
