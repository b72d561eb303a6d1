package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/replay"
	"tenure/internal/store"
)

func (p *program) replayStatus() *cobra.Command {
	return &cobra.Command{
		Use:     "status NAME",
		Short:   "Show the progress of a replay by shard",
		Args:    cobra.ExactArgs(1),
		Example: "  tenure replay status week-30",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			row, found, err := s.Replay(ctx, args[0])
			if err != nil {
				return err
			}
			if !found {
				return p.replayError(replay.ErrUnknown)
			}
			return p.printReplay(row)
		}),
	}
}
