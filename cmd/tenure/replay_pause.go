package main

import (
	"context"

	"github.com/spf13/cobra"

	"tenure/internal/replay"
	"tenure/internal/store"
)

func (p *program) replayPause() *cobra.Command {
	return &cobra.Command{
		Use:     "pause NAME",
		Short:   "Pause a replay after the page under way; exit code 6 when it does not run",
		Args:    cobra.ExactArgs(1),
		Example: "  tenure replay pause week-30",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			return p.setReplay(ctx, s, args[0], store.ReplayPaused)
		}),
	}
}

// setReplay changes the state of a replay; nothing to do when it has that state, or is done.
func (p *program) setReplay(ctx context.Context, s *store.Store, name, state string) error {
	changed, err := s.SetReplayState(ctx, name, state)
	if err != nil {
		return err
	}
	row, found, err := s.Replay(ctx, name)
	switch {
	case err != nil:
		return err
	case !found:
		return p.replayError(replay.ErrUnknown)
	}
	if err := p.printReplay(row); err != nil || changed {
		return err
	}
	return coded(exitNothing, errQuiet)
}
