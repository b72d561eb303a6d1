package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/fastforward"
	"tenure/internal/store"
	"tenure/internal/table"
)

func (p *program) clock() *cobra.Command {
	cmd := &cobra.Command{Use: "clock", Short: "The simulated clock of a system that was started with --clock"}
	cmd.AddCommand(p.clockShow(), p.clockAdvance())
	return cmd
}

// clockReading is what both subcommands print.
type clockReading struct {
	Now       time.Time `json:"now"`
	Simulated bool      `json:"simulated"`
}

func (p *program) printClock(r clockReading) error {
	kind := "system"
	if r.Simulated {
		kind = "simulated"
	}
	local := r.Now.In(p.config.Policy.Zone())
	t := table.New("UTC", "LOCAL", "ZONE", "CLOCK")
	t.Add(r.Now.Format(time.RFC3339), local.Format(time.DateTime), local.Location().String(), kind)
	return p.print(r, t)
}

func (p *program) clockShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "What time it is for business", Args: cobra.NoArgs, Example: "  tenure clock show --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			now, simulated, err := s.Clock(ctx)
			if err != nil {
				return err
			}
			if !simulated {
				now = time.Now().UTC()
			}
			return p.printClock(clockReading{now, simulated})
		}),
	}
}

func (p *program) clockAdvance() *cobra.Command {
	var to string
	var atOnce bool
	cmd := &cobra.Command{
		Use: "advance", Short: "Move business time forward", Args: cobra.NoArgs,
		Long: "Moves the simulated clock in steps: to each minute on which something is due for anybody and to the start of each night,\n" +
			"and waits at each until it is done. So everything on the way happens in its order and is written with its time. When a\n" +
			"step does not come to its end the clock stays there; the same call goes on.\n\n" +
			"With --at-once it jumps, as after an outage: what was missed is made up for, in order for each employee, and the nights\n" +
			"are run one after the other; \"tenure run status --wait\" tells when they are done.",
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
	cmd.Flags().BoolVar(&atOnce, "at-once", false, "jump, and wait for nothing")
	_ = cmd.MarkFlagRequired("to") // fails only for a flag that is not there
	return cmd
}

func (p *program) moveClock(ctx context.Context, s *store.Store, at time.Time, atOnce bool) error {
	_, simulated, err := s.Clock(ctx)
	if err != nil {
		return err
	}
	if !simulated {
		return coded(exitRefused, errors.New("this system goes by real time; a simulated clock begins with: tenure up --clock TIME"))
	}
	move := s.SetClock
	if !atOnce {
		rehearsal := &fastforward.Rehearsal{Store: s, Policy: p.config.Policy, Step: func(t time.Time) { p.say("%s", t.Format(time.RFC3339)) }}
		move = rehearsal.Advance
	}
	switch err := move(ctx, at); {
	case errors.Is(err, fastforward.ErrNoEnd):
		return coded(exitTryAgain, fmt.Errorf("%w; see: tenure run status", err))
	case errors.Is(err, fastforward.ErrWaits):
		return coded(exitRefused, fmt.Errorf("%w; see: tenure run status", err))
	case errors.Is(err, store.ErrClockBack):
		return coded(exitRefused, err)
	case err != nil:
		return err
	}
	return p.printClock(clockReading{at, true})
}
