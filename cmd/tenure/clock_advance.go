package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/fastforward"
	"tenure/internal/feed"
	"tenure/internal/store"
)

func (p *program) clockAdvance() *cobra.Command {
	var to string
	var atOnce bool
	cmd := &cobra.Command{
		Use:   "advance",
		Short: "Advance business time",
		Args:  cobra.NoArgs,
		Long: "Advances the simulated clock in steps, to each minute on which something is due for an employee and to\n" +
			"the start of each nightly run, and waits at each step until it is complete. Everything on the way is\n" +
			"decided in its order and recorded with its own time. When a step does not complete, the clock stays\n" +
			"there and the same call continues.\n\n" +
			"With --at-once the clock jumps, as after an outage: what is due is caught up in order for each employee,\n" +
			"and missed runs follow one after the other; \"tenure run status --wait\" returns when they are complete.",
		Example: "  tenure clock advance --data ./data --to 2026-11-01T06:00:00Z",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := parseTime(to)
			if err != nil {
				return coded(exitUsage, fmt.Errorf("--to: %w", err))
			}
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			return p.moveClock(cmd.Context(), s, at, atOnce)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "new time, RFC 3339")
	cmd.Flags().BoolVar(&atOnce, "at-once", false, "jump without waiting")
	_ = cmd.MarkFlagRequired("to") // fails only for a flag that is not there
	return cmd
}

func (p *program) moveClock(ctx context.Context, s *store.Store, at time.Time, atOnce bool) error {
	_, simulated, err := s.Clock(ctx)
	if err != nil {
		return err
	}
	if !simulated {
		return coded(
			exitRefused,
			errors.New("this system uses real time; start a simulated clock with: tenure up --clock TIME"),
		)
	}
	move := s.SetClock
	if !atOnce {
		forward := &fastforward.Clock{
			Store:  s,
			Policy: p.config.Policy,
			Step:   func(t time.Time) { p.say("%s", t.Format(time.RFC3339)) },
		}
		move = forward.Advance
	}
	switch err := move(ctx, at); {
	case errors.Is(err, fastforward.ErrNoEnd):
		return coded(exitTryAgain, fmt.Errorf("%w; see: tenure run status", err))
	case errors.Is(err, feed.ErrStopped):
		return coded(exitError, fmt.Errorf("%w; see: tenure check", err))
	case errors.Is(err, fastforward.ErrWaits):
		return coded(exitRefused, fmt.Errorf("%w; see: tenure run status", err))
	case errors.Is(err, store.ErrClockBack):
		return coded(exitRefused, err)
	case err != nil:
		return err
	}
	return p.printClock(clockReading{at, true})
}
