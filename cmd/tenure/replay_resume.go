package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/replay"
	"tenure/internal/store"
)

func (p *program) replayResume() *cobra.Command {
	return &cobra.Command{
		Use:   "resume NAME",
		Short: "Resume a replay that was paused, stopped or killed",
		Args:  cobra.ExactArgs(1),
		Long: "Continues at the checkpoint, in the foreground. The lease of a killed runner expires after some seconds,\n" +
			"which this waits for; exit code 75 when another process runs the replay.",
		Example: "  tenure replay resume week-30",
		RunE: p.onReplay(func(ctx context.Context, r *replay.Runner, args []string) error {
			if _, err := r.Store.SetReplayState(ctx, args[0], store.ReplayRunning); err != nil {
				return err
			}
			return p.runReplay(ctx, r, args[0])
		}),
	}
}
