package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/replay"
	"tenure/internal/store"
)

// replayProgressInterval is the time between two lines of progress of a replay.
const replayProgressInterval = time.Second

func (p *program) replayStart() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Start a replay in the foreground; it can be stopped and resumed",
		Args:  cobra.NoArgs,
		Long: "Records the replay and publishes until it is complete. Stopped or killed, it continues with tenure\n" +
			"replay resume where it was; messages of the page under way are then published again, with the same ids.\n" +
			"Without --yes it only counts. Exit code 6 when there is nothing to publish.",
		Example: "  tenure replay start --target topic:week-30 --from 2026-07-20 --to 2026-07-27 --rate 2000/s --reason " +
			"\"CRM lost its disk\" --yes\n" +
			"  tenure replay start --target topic:employee.events --missing --reason \"the topic was truncated\" --yes",
		RunE: p.orRebuild(
			&f,
			p.onReplay(func(ctx context.Context, r *replay.Runner, _ []string) error { return p.startReplay(ctx, r, f) }),
		),
	}
	f.ask(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "name of the replay, which ce_replay carries (default: the topic and the time)")
	flags.StringVar(&f.rate, "rate", "", "messages a second at most, such as 500/s (default: as fast as it goes)")
	flags.StringVar(&f.reason, "reason", "", "reason, recorded with the replay")
	flags.StringVar(&f.who, "who", operator(), "name of the operator, recorded with the replay")
	flags.BoolVar(&f.yes, "yes", false, "publish")
	flags.BoolVar(&f.dry, "dry-run", false, "count, as tenure replay plan does")
	return cmd
}

// startReplay counts, or writes the replay down and runs it.
func (p *program) startReplay(ctx context.Context, r *replay.Runner, f replayFlags) error {
	o, err := f.order()
	if err != nil {
		return coded(exitUsage, err)
	}
	if f.dry {
		return p.replayPreview(ctx, r, o)
	}
	if o.Reason == "" {
		return coded(exitUsage, errors.New("--reason is required and recorded"))
	}
	if !f.yes {
		return errors.Join(p.replayPreview(ctx, r, o), coded(exitUsage, errors.New("use --yes to publish them")))
	}
	if _, err := r.Start(ctx, o); err != nil {
		return p.replayError(err)
	}
	return p.runReplay(ctx, r, o.Name)
}

// runReplay publishes until the replay is complete, and prints progress.
func (p *program) runReplay(ctx context.Context, r *replay.Runner, name string) error {
	var printed time.Time
	r.Tell = func(now store.Replay) {
		if time.Since(printed) >= replayProgressInterval {
			printed = time.Now()
			at := sumReplay(now)
			p.say("%s: %d of %d positions read, %d messages published", name, at.read, at.positions, at.messages)
		}
	}
	row, err := r.Run(ctx, name)
	if err != nil {
		if row.State == store.ReplayRunning {
			p.say("%s is not complete; continue with: tenure replay resume %s", name, name)
		}
		return p.replayError(err)
	}
	if err := p.printReplay(row); err != nil {
		return err
	}
	if sumReplay(row).messages == 0 {
		return coded(exitNothing, errQuiet)
	}
	return nil
}
